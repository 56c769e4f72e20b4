#include "tests/fakes/fake_timers.h"

#include <algorithm>

#include "base/check.h"

namespace kai::fakes {
namespace {

// A task that asks for itself again and again at the same moment would hang a test.
constexpr int tasks_per_advance_max = 1'000'000;

}  // namespace

TimerId FakeTimers::at(SteadyTime when, Task task) {
  const TimerId id = ++last_;
  const SteadyTime due = std::max(when, now());
  tasks_.emplace(Key{due, id}, std::move(task));
  due_.emplace(id, due);
  return id;
}

void FakeTimers::cancel(TimerId timer) {
  const auto found = due_.find(timer);
  if (found == due_.end()) return;
  tasks_.erase({found->second, timer});
  due_.erase(found);
}

void FakeTimers::advance(Duration by) {
  const SteadyTime end = now() + by;
  for (int ran = 0; !tasks_.empty() && tasks_.begin()->first.first <= end; ++ran) {
    KAI_CHECK(ran < tasks_per_advance_max);
    const auto [when, id] = tasks_.begin()->first;
    Task task = std::move(tasks_.extract(tasks_.begin()).mapped());
    due_.erase(id);
    clock_.set(std::max(when, now()));
    task();
  }
  clock_.set(end);
}

}  // namespace kai::fakes
