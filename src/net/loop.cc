#include "net/loop.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"

namespace kai::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Asio's timers do not count suspend, our steady time does: after waking up nothing is later than
// this.
constexpr Duration sleep_max = std::chrono::seconds(5);

using WaitKind = asio::posix::stream_descriptor::wait_type;

}  // namespace

struct Loop::Impl {
  // One watch of one descriptor. Shared with its pending wait, so that it may end itself.
  struct Watch {
    Task task;
    bool ended = false;
  };
  struct Watched {
    std::unique_ptr<asio::posix::stream_descriptor> descriptor;
    std::shared_ptr<Watch> readable;
    std::shared_ptr<Watch> writable;
  };
  using TimerKey = std::pair<SteadyTime, TimerId>;

  Impl(const SteadyClock& clock, OnBug bug) : steady(clock), on_bug(std::move(bug)) {}

  void contain(auto&& task);
  void arm();
  void run_due();
  void wait(int number, WaitKind kind, const std::shared_ptr<Watch>& watch);
  void watch(int number, WaitKind kind, Task task);

  const SteadyClock& steady;
  OnBug on_bug;
  // Before the context, so that they outlive what it still holds: a task that goes with it may let
  // go of somebody who cancels or unwatches.
  std::map<TimerKey, Task> timers;
  std::map<TimerId, SteadyTime> due;
  std::map<int, Watched> watched;
  TimerId last_timer = 0;
  bool ending = false;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer alarm{context};
  SteadyTime armed_for{Duration::max()};
  bool running = false;
  bool stopped = false;
};

void Loop::Impl::contain(auto&& task) {
  try {
    task();
  } catch (const std::exception& bug) {
    on_bug(bug.what());
  } catch (...) {
    on_bug("an exception that is no std::exception");
  }
}

void Loop::Impl::arm() {
  if (ending) return;
  const SteadyTime first =
      timers.empty() ? SteadyTime{Duration::max()} : timers.begin()->first.first;
  // A clock that jumped (suspend, a test) may have made due what the alarm is armed for: it rings
  // at once then.
  if (first == armed_for && (timers.empty() || first > steady.now())) return;
  armed_for = first;
  if (timers.empty()) {
    alarm.cancel();
    return;
  }
  alarm.expires_after(std::clamp(first - steady.now(), Duration::zero(), sleep_max));
  alarm.async_wait([this](error_code error) {
    if (error) return;  // armed anew
    armed_for = SteadyTime{Duration::max()};
    run_due();
    arm();
  });
}

void Loop::Impl::run_due() {
  // Only what is due now: timers that are set meanwhile for the same moment wait for the next turn,
  // so that a timer which sets itself again cannot hold the loop.
  const TimerId newest = last_timer;
  const SteadyTime now = steady.now();
  while (!timers.empty() && !stopped) {
    const auto [when, id] = timers.begin()->first;
    if (when > now || id > newest) return;
    Task task = std::move(timers.extract(timers.begin()).mapped());
    due.erase(id);
    contain(task);
  }
}

void Loop::Impl::wait(int number, WaitKind kind, const std::shared_ptr<Watch>& watch) {
  watched.at(number).descriptor->async_wait(kind, [this, number, kind, watch](error_code error) {
    if (watch->ended || error) return;
    contain(watch->task);
    if (!watch->ended) wait(number, kind, watch);
  });
}

void Loop::Impl::watch(int number, WaitKind kind, Task task) {
  Watched& entry = watched[number];
  if (!entry.descriptor)
    entry.descriptor = std::make_unique<asio::posix::stream_descriptor>(context, number);
  std::shared_ptr<Watch>& slot = kind == WaitKind::wait_read ? entry.readable : entry.writable;
  KAI_CHECK(slot == nullptr);
  slot = std::make_shared<Watch>(Watch{.task = std::move(task)});
  wait(number, kind, slot);
}

Loop::Loop(const SteadyClock& steady, OnBug on_bug)
    : impl_(std::make_unique<Impl>(steady, std::move(on_bug))) {}

Loop::~Loop() {
  impl_->ending = true;
  // One by one, each out of its list before it goes: see Impl.
  while (!impl_->watched.empty()) {
    const auto last = impl_->watched.extract(impl_->watched.begin());
    last.mapped().descriptor->release();  // the descriptors are not ours
  }
  while (!impl_->timers.empty()) {
    const auto last = impl_->timers.extract(impl_->timers.begin());
    impl_->due.erase(last.key().second);
  }
}

TimerId Loop::at(SteadyTime when, Task task) {
  const TimerId id = ++impl_->last_timer;
  impl_->timers.emplace(Impl::TimerKey{when, id}, std::move(task));
  impl_->due.emplace(id, when);
  impl_->arm();
  return id;
}

void Loop::cancel(TimerId timer) {
  const auto found = impl_->due.find(timer);
  if (found == impl_->due.end()) return;
  impl_->timers.erase({found->second, timer});
  impl_->due.erase(found);
  impl_->arm();
}

void Loop::watch_readable(int descriptor, Task task) {
  impl_->watch(descriptor, WaitKind::wait_read, std::move(task));
}

void Loop::watch_writable(int descriptor, Task task) {
  impl_->watch(descriptor, WaitKind::wait_write, std::move(task));
}

void Loop::unwatch(int descriptor) {
  const auto found = impl_->watched.find(descriptor);
  if (found == impl_->watched.end()) return;
  for (const auto& watch : {found->second.readable, found->second.writable}) {
    if (watch) watch->ended = true;
  }
  found->second.descriptor->release();
  impl_->watched.erase(found);
}

void Loop::post(Task task) {
  asio::post(impl_->context,
             [impl = impl_.get(), work = std::move(task)]() mutable { impl->contain(work); });
}

void Loop::run() {
  run_until([] { return false; });
}

bool Loop::run_until(std::move_only_function<bool()> done) {
  KAI_CHECK(!impl_->running);
  impl_->running = true;
  while (!impl_->stopped && !done()) {
    impl_->contain([this] { impl_->context.run_one(); });
  }
  impl_->running = false;
  return !impl_->stopped;
}

void Loop::stop() {
  impl_->stopped = true;
  asio::post(impl_->context, [] {});  // wakes a sleeping run
}

SteadyTime Loop::now() const { return impl_->steady.now(); }

void Loop::contain(const std::function<void()>& task) { impl_->contain(task); }

boost::asio::io_context& Loop::context() { return impl_->context; }

}  // namespace kai::net
