#include "kubeapi/pace.h"

#include <algorithm>
#include <utility>

namespace kai::kubeapi {

Pace::Pace(Timers& timers, const SteadyClock& steady)
    : timers_(timers), steady_(steady), refilled_at_(steady.now()) {}

Pace::~Pace() { close(); }

void Pace::close() {
  if (std::exchange(scheduled_, false)) timers_.cancel(timer_);
  // A task may own what owns this.
  const std::deque<Task> urgent = std::exchange(urgent_, {});
  const std::deque<Task> waiting = std::exchange(waiting_, {});
}

bool Pace::enter(Task task, bool urgent) {
  if (!urgent && waiting_.size() >= waiting_max) return false;
  (urgent ? urgent_ : waiting_).push_back(std::move(task));
  // An urgent one must not sit behind the timer of those that wait for tokens.
  if (urgent && scheduled_) {
    timers_.cancel(timer_);
    scheduled_ = false;
  }
  schedule();
  return true;
}

void Pace::refill() {
  const SteadyTime now = steady_.now();
  tokens_ = std::min(burst, tokens_ + per_second * seconds_of(now - refilled_at_));
  refilled_at_ = now;
}

void Pace::schedule() {
  if (scheduled_ || (urgent_.empty() && waiting_.empty())) return;
  refill();
  const double missing = urgent_.empty() && tokens_ < 1 ? (1 - tokens_) / per_second : 0;
  scheduled_ = true;
  timer_ = timers_.at(steady_.now() + Duration{static_cast<std::int64_t>(missing * 1e9)},
                      [this] { run_due(); });
}

void Pace::run_due() {
  scheduled_ = false;
  refill();
  std::deque<Task> due = std::exchange(urgent_, {});
  while (!waiting_.empty() && tokens_ >= 1) {
    tokens_ -= 1;
    due.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  schedule();
  for (Task& task : due) task();
}

}  // namespace kai::kubeapi
