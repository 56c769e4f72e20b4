// Virtual time: one event heap that is clock, timer and delay for everything in a simulated world.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "base/clock.h"
#include "base/timers.h"

namespace kai::simulation {

class VirtualTime final : public SteadyClock, public Timers {
 public:
  [[nodiscard]] SteadyTime now() const override { return now_; }
  TimerId at(SteadyTime when, Task task) override {
    const Key key{std::max(when, now_), ++last_};
    tasks_.emplace(key, std::move(task));
    due_.emplace(last_, key);
    return last_;
  }
  void cancel(TimerId timer) override {
    const auto found = due_.find(timer);
    if (found == due_.end()) return;
    tasks_.erase(found->second);
    due_.erase(found);
  }
  TimerId after(Duration wait, Task task) { return at(now_ + wait, std::move(task)); }

  // Runs the next event; false when there is none. `before` runs at its time, just before it.
  template <typename F>
  bool step(F before) {
    if (tasks_.empty()) return false;
    auto node = tasks_.extract(tasks_.begin());
    due_.erase(node.key().second);
    now_ = node.key().first;
    before();
    node.mapped()();
    return true;
  }

 private:
  using Key = std::pair<SteadyTime, TimerId>;
  SteadyTime now_;
  TimerId last_ = 0;
  std::map<Key, Task> tasks_;
  std::map<TimerId, Key> due_;
};

// Wall time that runs with virtual time, from a fixed day.
class VirtualWall final : public WallClock {
 public:
  explicit VirtualWall(const VirtualTime& time) : time_(time) {}
  [[nodiscard]] WallTime now() const override {
    return WallTime{std::chrono::hours(24 * 365 * 50)} + time_.now().since_start;
  }

 private:
  const VirtualTime& time_;
};

}  // namespace kai::simulation
