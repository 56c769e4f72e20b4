// The loop of one worker: epoll, timers and a mailbox. Bounded work per turn, no allocation but for
// mail.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/reply.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/loop/timer_wheel.h"

namespace kai::splitter {

// What epoll said of a descriptor. None of it is said twice for the same state with Trigger::edge.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool read_closed = false;  // the peer will send no more
  bool failed = false;       // the connection is gone, or an error is pending
};

class Watcher;

// What a kind of watcher does; a static table, so that a watcher costs one pointer.
struct WatcherCalls {
  void (*on_ready)(Watcher&, Readiness) = nullptr;
  void (*on_due)(Watcher&) = nullptr;  // its timer; not armed any more
  // One of the two threw: a bug of ours. Must give up what it stands for; throwing once more only
  // gets it reported.
  void (*on_bug)(Watcher&, std::string_view what) = nullptr;
};

// Base of whatever has a descriptor and a time-out on the loop.
class Watcher : public Timer {
 public:
  explicit Watcher(const WatcherCalls& calls) : calls_(&calls) {}

 private:
  friend class Reactor;
  const WatcherCalls* calls_;
  Watcher* again_ = nullptr;  // next of those that have work left
  bool is_again_ = false;
};

enum class Trigger : std::uint8_t { edge, level };

class Reactor {
 public:
  static constexpr std::size_t events_per_turn_max = 256;

  // `on_bug` gets what escaped from a callback; the loop goes on.
  using OnBug = std::move_only_function<void(std::string_view what)>;

  // Throws Bug when the kernel has no descriptor left for it.
  Reactor(const SteadyClock& clock, OnBug on_bug);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor() = default;

  // `descriptor` does not block. False when the kernel refuses to watch it. With Trigger::edge it
  // is watched for reading and writing at once, with Trigger::level for reading only.
  [[nodiscard]] bool add(int descriptor, Watcher& watcher, Trigger trigger);
  // No callback of `watcher` runs after this, its timer included. Before the descriptor is closed.
  void remove(int descriptor, Watcher& watcher);
  void arm_timer(Watcher& watcher, SteadyTime deadline) { wheel_.arm(watcher, deadline); }
  void cancel_timer(Watcher& watcher) { wheel_.cancel(watcher); }
  // on_ready once more in the next turn, with nothing new in it: for work left over.
  void again(Watcher& watcher);

  // Runs `call` on behalf of `watcher`: a bug costs the one connection that met it.
  template <typename Call>
  void contain(Watcher& watcher, Call call) {
    try {
      call();
    } catch (const std::exception& bug) {
      give_up(watcher, bug);
    }
  }

  // From any thread: `task` runs between two turns, in the order of the posts.
  void post(Task task);

  // Turns until stop().
  void run();
  void stop() { stopped_ = true; }  // from a callback
  // One turn. Waits for something to do, at most until the next timer and not at all if `waits` is
  // false.
  void turn(bool waits);
  // Runs after each turn, when no callback is on the stack.
  void at_end_of_turn(Task task) { end_of_turn_ = std::move(task); }

  // When the current turn began: one clock reading for all its events.
  [[nodiscard]] SteadyTime now() const { return now_; }
  [[nodiscard]] SteadyTime read_clock() const { return clock_.now(); }

 private:
  struct Event {
    Watcher* watcher = nullptr;  // null: the mailbox, or gone since
    Readiness readiness;
  };

  [[nodiscard]] int wait_ms(bool waits) const;
  void collect(bool waits);
  void run_events();
  void run_again();
  void run_timers();
  void run_mail();
  void give_up(Watcher& watcher, const std::exception& bug);
  void report(const std::exception& bug);

  const SteadyClock& clock_;
  OnBug on_bug_;
  os::Descriptor epoll_;
  os::Descriptor wake_;  // eventfd
  SteadyTime now_;
  TimerWheel wheel_;
  std::array<Event, events_per_turn_max> events_;
  std::size_t event_count_ = 0;
  std::size_t event_at_ = 0;
  Watcher* again_first_ = nullptr;
  Watcher* again_running_ = nullptr;
  bool stopped_ = false;
  bool has_mail_ = false;
  Task end_of_turn_;

  Mutex mutex_;
  std::vector<Task> mail_ KAI_GUARDED_BY(mutex_);
  std::vector<Task> opened_;  // mail being run
};

}  // namespace kai::splitter
