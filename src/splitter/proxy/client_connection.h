// A client's connection: reads one head after the other, has an exchange answer each, refuses what
// may not go on, and ends without destroying an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/own_answer.h"
#include "splitter/http1/refusal.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/stream.h"
#include "splitter/observe/cell.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"

namespace kai::splitter {

class Exchange;
class Worker;
struct ExchangeStep;

class ClientConnection : public Watcher {
 public:
  // `settings` outlives the connection.
  ClientConnection(Worker& worker, const ListenerSettings& settings, os::Descriptor socket,
                   const IpAddress& peer);

  // Goes on as far as it can; after anything happened on either side.
  void run();
  // After a new snapshot.
  void reconsider();
  // If no request has come whole since the last answer.
  void end_if_idle();
  // At once and without an end, so that nobody takes what came for a whole answer.
  void abort();

  [[nodiscard]] Stream& stream() { return stream_; }
  [[nodiscard]] const IpAddress& peer() const { return peer_; }
  [[nodiscard]] const ListenerSettings& settings() const { return *settings_; }
  [[nodiscard]] bool is_peer_trusted() const { return is_trusted_; }

  std::uint32_t index = 0;  // in the table of its worker

 private:
  enum class State : std::uint8_t {
    fresh,      // nothing has come yet
    head,       // some bytes of a head
    idle,       // between two requests
    exchange,   // exchange_ works
    flushing,   // the answer is complete and leaves
    draining,   // the answer left; the rest of a request body is read away
    lingering,  // our end was sent; what comes is read away
    closed,
  };
  static const WatcherCalls calls;

  void on_ready(Readiness readiness);
  void on_due();
  // Each: true when the state changed and the next one should be looked at.
  bool run_head();
  bool read_head();
  bool take_head();
  bool run_exchange();
  bool run_flushing();
  bool run_draining();
  bool run_lingering();

  bool refuse(Refusal refusal);
  // Queues an answer of ours; the connection closes behind it unless it keeps alive.
  bool answer(const OwnAnswer& answer);
  bool take(const ExchangeStep& step);
  bool enter(State state);
  bool next_request();
  bool linger();
  bool close();
  bool end_without_answer();
  void release_exchange(Outcome outcome);
  [[nodiscard]] std::optional<SteadyTime> due() const;
  void rearm();

  Worker& worker_;
  const ListenerSettings* settings_;
  Stream stream_;
  Exchange* exchange_ = nullptr;  // in State::exchange, and until the answer left
  HeadProgress progress_;
  SteadyTime entered_;         // the state
  SteadyTime write_progress_;  // last time that bytes left, or were first to leave
  std::uint32_t seen_sent_count_ = 0;
  std::uint32_t read_away_ = 0;
  IpAddress peer_;
  State state_ = State::fresh;
  bool is_trusted_ = false;
  bool keeps_alive_ = false;  // after the answer that leaves
};
static_assert(sizeof(ClientConnection) <= 512);

}  // namespace kai::splitter
