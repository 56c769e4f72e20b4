// Timers on an event heap with a clock of their own: a test of an hour takes no time.
#pragma once

#include <map>
#include <utility>

#include "base/timers.h"
#include "tests/fakes/fake_clock.h"

namespace kai::fakes {

class FakeTimers final : public Timers {
 public:
  TimerId at(SteadyTime when, Task task) override;
  void cancel(TimerId timer) override;

  // For the code under test; stands still unless one of the calls below runs.
  [[nodiscard]] const FakeSteadyClock& clock() const { return clock_; }
  [[nodiscard]] SteadyTime now() const { return clock_.now(); }
  // `task` runs with the next advance() or settle().
  void post(Task task) { at(now(), std::move(task)); }

  // Moves the clock forward by `by` and runs on the way what becomes due, in order, each at its own
  // time; also what such tasks ask for within the time.
  void advance(Duration by);
  // Runs what is due now, and what that makes due now, without moving the clock.
  void settle() { advance(Duration::zero()); }
  // As when the process that set them is killed: none of them runs.
  void clear() {
    const std::map<Key, Task> gone = std::exchange(tasks_, {});  // may set new ones by its end
    due_.clear();
  }
  // Timers that are set.
  [[nodiscard]] std::size_t pending() const { return tasks_.size(); }

 private:
  using Key = std::pair<SteadyTime, TimerId>;
  FakeSteadyClock clock_;
  TimerId last_ = 0;
  std::map<Key, Task> tasks_;
  std::map<TimerId, SteadyTime> due_;
};

}  // namespace kai::fakes
