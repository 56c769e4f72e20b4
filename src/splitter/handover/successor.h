// The running process's side of a takeover: gives another process of its user all it has, lets it
// serve, and then only ends; or takes everything back when that one fails, at any step.
//
//   the other one        this one
//   hello            ->  settles: finishes what it began, takes no change
//                    <-  offer: sockets, counters, configuration
//   serving          ->
//                    <-  released: what was counted
//   owned            ->  has handed over: accepts nothing more
//                    <-  counts, passed
//   snapshot, ending ->
//
// Whatever goes wrong before "owned" has come leaves this one as it was; after that the other one
// is in charge, whatever happens.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor_watch.h"
#include "base/error.h"
#include "base/time.h"
#include "base/timers.h"
#include "base/tree.h"
#include "os/descriptor.h"
#include "splitter/handover/link.h"
#include "splitter/handover/offer.h"

namespace kai::splitter {

class Successor {
 public:
  static constexpr Duration settle_max = std::chrono::seconds(2);  // changes and saves under way
  static constexpr Duration settle_look = std::chrono::milliseconds(2);
  static constexpr Duration serving_max = std::chrono::seconds(3);  // from the offer on
  static constexpr Duration owned_max = std::chrono::seconds(2);    // from the release on
  static constexpr Duration counts_period = std::chrono::milliseconds(250);

  struct Offered {
    Offer offer;
    std::vector<int> descriptors;  // stay open until the takeover is over
  };
  struct World {
    DescriptorWatch& watch;
    Timers& timers;
    const SteadyClock& clock;
    std::uint32_t own_user = 0;  // whose processes may take over, beside root's
    // Why no process may take over now; empty: it may.
    std::function<std::string()> refusal;
    // Takes no change and does nothing new until thaw() or hand_over().
    std::function<void()> freeze;
    std::function<bool()> is_settled;
    std::function<Offered()> offer;
    // As if nothing had been. `reason` is for the log.
    std::function<void(std::string_view reason)> thaw;
    // What was counted since the last call; the first call tells all. Null: too much to tell.
    std::function<Tree()> counts;
    std::function<std::int64_t()> connections;  // that are still answered here
    // It is done. These listeners are the other one's.
    std::function<void(const std::vector<std::string>& listeners)> hand_over;
    // After that: take this configuration.
    std::function<void(Followed followed)> follow;
    // After that: the one in charge ends, and this one is to end, too.
    std::function<void(Duration time_max)> end;
    // After that: the one in charge is gone, so nobody tells what is in force.
    std::function<void(std::string_view reason)> lose;
  };

  // `listening`: of listen_on_path. All that `world` holds outlives this.
  Successor(World world, os::Descriptor listening);
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;
  ~Successor();

  [[nodiscard]] const os::Descriptor& listening() const { return listening_; }
  [[nodiscard]] bool has_handed_over() const { return step_ == Step::handed_over; }
  // Gives up a takeover that is not done yet, and takes no further one.
  void close(std::string_view reason);

  // After it has handed over. Each first sends what was counted until then.
  void say_passed(std::uint64_t generation);
  // The last counts; waits a moment until they are gone.
  void say_end();

 private:
  enum class Step : std::uint8_t { none, hello, settling, offered, released, handed_over };

  void listen();
  void accept();
  void read();
  void take(Frame frame);
  void settle();
  void send_offer();
  void release();
  void hand_over();
  void send_counts();
  void send(const Tree& body, std::span<const int> descriptors = {});
  void write();
  void limit(Duration time);
  void on_limit();
  void on_link_end(std::string_view reason);
  void take_back(std::string_view reason, std::string_view told);
  void drop_link();

  World world_;
  os::Descriptor listening_;
  std::optional<Link> link_;
  Step step_ = Step::none;
  SteadyTime settle_end_;
  std::vector<std::string> listeners_;
  std::optional<TimerId> timer_;
  bool counts_are_wanted_ = true;
  bool writes_ = false;
};

}  // namespace kai::splitter
