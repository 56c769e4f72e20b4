// Pace: at most so many requests a second, with a burst; urgent ones do not wait and are not
// counted.
#pragma once

#include <cstddef>
#include <deque>

#include "base/clock.h"
#include "base/timers.h"

namespace kai::kubeapi {

class Pace {
 public:
  static constexpr double per_second = 20;
  static constexpr double burst = 40;
  static constexpr std::size_t waiting_max = 1000;

  Pace(Timers& timers, const SteadyClock& steady);
  ~Pace();
  Pace(const Pace&) = delete;
  Pace& operator=(const Pace&) = delete;

  // Runs `task` when its turn comes, never inside this call. False, and nothing runs, when too many
  // wait already.
  [[nodiscard]] bool enter(Task task, bool urgent);
  // Drops what waits; nothing runs any more.
  void close();

 private:
  void refill();
  void run_due();
  void schedule();

  Timers& timers_;
  const SteadyClock& steady_;
  double tokens_ = burst;
  SteadyTime refilled_at_;
  std::deque<Task> urgent_;
  std::deque<Task> waiting_;
  bool scheduled_ = false;
  TimerId timer_ = 0;
};

}  // namespace kai::kubeapi
