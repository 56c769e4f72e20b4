#include "splitter/loop/reactor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mutex.h"
#include "base/reply.h"
#include "base/time.h"
#include "splitter/loop/timer_wheel.h"

namespace kai::splitter {
namespace {

constexpr std::int64_t wait_ms_max = 60'000;  // so that a missed wake-up heals

Readiness readiness_of(std::uint32_t events) {
  return {.readable = (events & EPOLLIN) != 0,
          .writable = (events & EPOLLOUT) != 0,
          .read_closed = (events & (EPOLLRDHUP | EPOLLHUP)) != 0,
          .failed = (events & (EPOLLERR | EPOLLHUP)) != 0};
}

}  // namespace

Reactor::Reactor(const SteadyClock& clock, OnBug on_bug)
    : clock_(clock),
      on_bug_(std::move(on_bug)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      now_(clock.now()),
      wheel_(now_) {
  KAI_CHECK(epoll_.is_open() && wake_.is_open());
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  KAI_CHECK(::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, wake_.number(), &event) == 0);
}

bool Reactor::add(int descriptor, Watcher& watcher, Trigger trigger) {
  const std::uint32_t events =
      trigger == Trigger::edge
          ? std::uint32_t{EPOLLIN} | EPOLLOUT | EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET)
          : std::uint32_t{EPOLLIN};
  epoll_event event{.events = events, .data = {.ptr = &watcher}};
  return ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Reactor::remove(int descriptor, Watcher& watcher) {
  static_cast<void>(::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, descriptor, nullptr));
  wheel_.cancel(watcher);
  for (std::size_t at = event_at_; at < event_count_; ++at) {
    if (events_[at].watcher == &watcher) events_[at].watcher = nullptr;
  }
  if (!watcher.is_again_) return;
  watcher.is_again_ = false;
  for (Watcher** const list : {&again_first_, &again_running_}) {
    for (Watcher** at = list; *at != nullptr; at = &(*at)->again_) {
      if (*at != &watcher) continue;
      *at = watcher.again_;
      return;
    }
  }
}

void Reactor::again(Watcher& watcher) {
  if (watcher.is_again_) return;
  watcher.is_again_ = true;
  watcher.again_ = again_first_;
  again_first_ = &watcher;
}

void Reactor::post(Task task) {
  {
    const MutexLock lock(mutex_);
    mail_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  const ssize_t written = ::write(wake_.number(), &one, sizeof one);
  KAI_CHECK(written == sizeof one || errno == EAGAIN);  // a full counter wakes, too
}

void Reactor::run() {
  while (!stopped_) turn(true);
}

void Reactor::turn(bool waits) {
  collect(waits);
  now_ = clock_.now();
  run_events();
  run_again();
  run_timers();
  run_mail();
  if (end_of_turn_) end_of_turn_();
}

int Reactor::wait_ms(bool waits) const {
  if (!waits || again_first_ != nullptr) return 0;
  const auto look = wheel_.next_look();
  if (!look) return static_cast<int>(wait_ms_max);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*look - clock_.now());
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, wait_ms_max));
}

void Reactor::collect(bool waits) {
  std::array<epoll_event, events_per_turn_max> events;
  const int count =
      ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), wait_ms(waits));
  KAI_CHECK(count >= 0 || errno == EINTR);
  event_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (std::size_t at = 0; at < event_count_; ++at) {
    events_[at] = {.watcher = static_cast<Watcher*>(events[at].data.ptr),
                   .readiness = readiness_of(events[at].events)};
    if (events_[at].watcher == nullptr) has_mail_ = true;
  }
}

// Nothing may escape here: it would end the process, and with it every connection.
void Reactor::give_up(Watcher& watcher, const std::exception& bug) {
  report(bug);
  try {
    watcher.calls_->on_bug(watcher, bug.what());
  } catch (const std::exception& second) {
    report(second);
  }
}

void Reactor::report(const std::exception& bug) {
  try {
    on_bug_(bug.what());
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): nobody is left to be told
  }
}

void Reactor::run_events() {
  for (event_at_ = 0; event_at_ < event_count_;) {
    const Event event = events_[event_at_++];
    if (event.watcher == nullptr) continue;
    contain(*event.watcher,
            [&] { event.watcher->calls_->on_ready(*event.watcher, event.readiness); });
  }
  event_count_ = 0;
}

void Reactor::run_again() {
  again_running_ = std::exchange(again_first_, nullptr);
  while (again_running_ != nullptr) {
    Watcher& watcher = *again_running_;
    again_running_ = watcher.again_;
    watcher.is_again_ = false;
    contain(watcher, [&] { watcher.calls_->on_ready(watcher, {}); });
  }
}

void Reactor::run_timers() {
  while (Timer* const timer = wheel_.next_due(now_)) {
    auto& watcher = static_cast<Watcher&>(*timer);
    contain(watcher, [&] { watcher.calls_->on_due(watcher); });
  }
}

void Reactor::run_mail() {
  if (!std::exchange(has_mail_, false)) return;
  std::uint64_t count = 0;
  // The counter goes to 0 before the mail is taken, so what comes meanwhile wakes once more.
  const ssize_t got = ::read(wake_.number(), &count, sizeof count);
  KAI_CHECK(got == sizeof count || errno == EAGAIN);
  {
    const MutexLock lock(mutex_);
    opened_.swap(mail_);
  }
  for (Task& task : opened_) {
    try {
      task();
    } catch (const std::exception& bug) {
      report(bug);
    }
  }
  opened_.clear();
}

}  // namespace kai::splitter
