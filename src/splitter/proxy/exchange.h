// One request and its answer, from the decision to the last byte handed to the client's buffer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/http1/body_forwarder.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/head_writer.h"
#include "splitter/http1/message.h"
#include "splitter/http1/own_answer.h"
#include "splitter/http1/refusal.h"
#include "splitter/loop/reactor.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/pinned_snapshot.h"
#include "splitter/route/address.h"
#include "splitter/route/decide.h"

namespace kai::splitter {

class ClientConnection;
class Worker;

// How far an exchange came.
struct ExchangeStep {
  enum class Kind : std::uint8_t {
    waiting,   // for either side
    complete,  // the whole answer is in the client's buffer
    answer,    // nothing of an answer was passed on: `answer` is to be given instead
    refused,   // the same, as a refusal of what the client sent
    aborted,   // part of an answer was passed on and the rest will not come
  };
  Kind kind = Kind::waiting;
  OwnAnswer answer;
  Refusal refusal = Refusal::bad_chunk;
  bool keeps_alive = false;  // of a complete answer
};

class Exchange {
 public:
  explicit Exchange(Worker& worker) : worker_(worker) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // `request` is the head at the beginning of the client's buffer; its bytes stay there until they
  // are not needed any more.
  [[nodiscard]] ExchangeStep begin(ClientConnection& client, const Request& request);
  [[nodiscard]] ExchangeStep advance();
  // After a new snapshot: a request that was decided and not sent goes where it is decided now.
  [[nodiscard]] ExchangeStep reconsider();
  // When something has taken too long; nothing while only the peers' own time-outs run.
  [[nodiscard]] std::optional<SteadyTime> due() const;
  [[nodiscard]] ExchangeStep take_time_out();

  // The client left, or the answer is out: closes or pools the backend connection and records what
  // was seen. The exchange may begin anew after it.
  void end(Outcome outcome);

  // Throws away what is left of the request body, at most `bytes_max` of it. False when it cannot
  // be brought to its end.
  enum class Drain : std::uint8_t { waiting, over, hopeless };
  [[nodiscard]] Drain drain_request(std::size_t bytes_max);

  [[nodiscard]] bool request_is_over() const { return request_body_.is_over(); }
  [[nodiscard]] std::string_view request_id() const { return {id_.data(), id_size_}; }
  [[nodiscard]] bool is_to_head() const { return method_ == Method::head; }

  static const WatcherCalls backend_calls;

 private:
  enum class Phase : std::uint8_t { connecting, head, body };
  using Step = ExchangeStep;

  // exchange.cc: the way to a backend connection, and the ends.
  void take_facts(const Request& request);
  [[nodiscard]] IpAddress find_client_address(const Request& request) const;
  void choose_request_id(const Request& request);
  [[nodiscard]] Step reach_backend(const Request& request);
  [[nodiscard]] Step connect();
  [[nodiscard]] Step advance_connect();
  [[nodiscard]] Step connect_failed(Outcome outcome, int status);
  [[nodiscard]] Step try_again();
  void decide_again_if_changed(const Request& request);
  [[nodiscard]] const Request& read_request_again();
  [[nodiscard]] bool is_repeatable() const;
  void attach(BackendConnection& connection);
  [[nodiscard]] Step send_head(const Request& request);
  [[nodiscard]] Step fail_with(Outcome outcome, int status, std::string_view sentence);
  [[nodiscard]] Step refuse(Refusal refusal);
  void release_head();
  void release_backend(bool is_clean);
  void record(int status);
  [[nodiscard]] std::optional<SteadyTime> backend_due() const;
  [[nodiscard]] std::optional<SteadyTime> body_due() const;

  // exchange_request.cc: the request's body, and a tunnel's bytes.
  [[nodiscard]] Step pump_request();
  [[nodiscard]] Step request_cut();
  [[nodiscard]] bool flush_request();
  void begin_body_window();
  void note_request_bytes(std::size_t bytes);

  // exchange_answer.cc
  [[nodiscard]] Step pump_answer();
  [[nodiscard]] Step read_answer_head();
  [[nodiscard]] Step pass_answer_head(const Response& response);
  [[nodiscard]] Step pump_answer_body();
  [[nodiscard]] Step backend_ended(Outcome outcome);
  // All of the answer came.
  [[nodiscard]] Step complete();
  [[nodiscard]] Step end_answer();
  // Reads once from the backend. Nothing: bytes came, go on; else what to return.
  [[nodiscard]] std::optional<Step> read_backend();

  Worker& worker_;
  ClientConnection* client_ = nullptr;
  BackendConnection* backend_ = nullptr;
  Cell* attached_in_ = nullptr;  // where `backend_` is counted, whatever is decided again
  PinnedSnapshot* pin_ = nullptr;
  const Endpoint* endpoint_ = nullptr;  // of the pinned snapshot
  Decision decision_;
  IpAddress client_address_;
  BodyForwarder request_body_;
  BodyForwarder answer_body_;
  HeadProgress answer_progress_;
  AnswerPlan plan_;
  SteadyTime began_;             // the head was complete
  SteadyTime attempt_;           // the head was written to the backend, or the connect began
  SteadyTime backend_progress_;  // the last byte that left to the backend or came from it
  SteadyTime body_progress_;     // the last byte of the request's body that came
  SteadyTime body_window_;       // begin of the window of the minimum rate; may be yet to come
  std::uint64_t body_window_bytes_ = 0;
  std::size_t held_head_bytes_ = 0;  // at the beginning of the client's buffer
  std::size_t turn_bytes_ = 0;
  std::size_t drained_bytes_ = 0;
  std::optional<std::uint32_t> keep_alive_seconds_;
  std::string_view upgrade_;  // of static storage: what was offered to the backend
  int status_ = 0;            // of the answer that is passed on
  std::uint8_t interim_count_ = 0;
  std::uint8_t id_size_ = 0;
  Phase phase_ = Phase::connecting;
  Method method_ = Method::other;
  HttpVersion version_ = HttpVersion::http_1_1;
  bool client_keeps_alive_ = false;
  bool accepts_trailers_ = false;
  bool awaits_continue_ = false;  // neither a 100 nor a byte of the body was seen yet
  bool has_body_ = false;
  bool head_passed_ = false;  // of the final answer
  bool backend_keeps_alive_ = false;
  bool backend_is_deaf_ = false;  // backend_ reads no more of the request
  bool was_repeated_ = false;
  bool is_tunnel_ = false;
  bool request_paused_ = false;
  bool answer_paused_ = false;
  bool is_recorded_ = false;
  std::array<char, request_id_bytes_max> id_;
};
static_assert(sizeof(Exchange) <= 768);

}  // namespace kai::splitter
