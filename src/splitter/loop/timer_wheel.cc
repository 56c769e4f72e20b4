#include "splitter/loop/timer_wheel.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kai::splitter {
namespace {

constexpr std::int64_t tick_mask = (std::int64_t{1} << TimerWheel::tick_shift) - 1;
constexpr std::uint64_t reach = std::uint64_t{1} << (TimerWheel::slot_bits * TimerWheel::levels);

std::uint64_t tick_before(SteadyTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.since_start.count(), 0)) >>
         TimerWheel::tick_shift;
}

// The first tick at which `time` has passed.
std::uint64_t tick_after(SteadyTime time) {
  return tick_before(time + std::chrono::nanoseconds(tick_mask));
}

}  // namespace

void TimerLink::unlink() {
  previous->next = next;
  next->previous = previous;
  next = previous = this;
}

void TimerLink::insert_before(TimerLink& place) {
  previous = place.previous;
  next = &place;
  previous->next = this;
  place.previous = this;
}

TimerWheel::TimerWheel(SteadyTime now) : current_(tick_before(now)) {}

TimerLink& TimerWheel::slot(std::size_t level, std::uint64_t tick) {
  return wheel_[level][tick >> (slot_bits * level) & (slots - 1)];
}

void TimerWheel::arm(Timer& timer, SteadyTime deadline) {
  timer.deadline = deadline;
  if (!timer.is_alone()) {
    if (timer.tick <= tick_after(deadline)) return;
    timer.unlink();
    --armed_;
  }
  insert(timer);
}

// Level n holds what is due within 64^(n+1) ticks, in the slot of its tick's digit n.
void TimerWheel::insert(Timer& timer) {
  const std::uint64_t wanted = std::max(tick_after(timer.deadline), current_ + 1);
  timer.tick = std::min(wanted, current_ + reach - 1);
  std::size_t level = 0;
  while (level + 1 < levels && (timer.tick - current_) >> (slot_bits * (level + 1)) != 0) ++level;
  timer.insert_before(slot(level, timer.tick));
  ++armed_;
}

void TimerWheel::cancel(Timer& timer) {
  if (timer.is_alone()) return;
  timer.unlink();
  --armed_;
}

// Goes on by one tick: timers of higher levels come down when their digit is reached, what stands
// at this tick becomes due.
void TimerWheel::step() {
  current_ += 1;
  for (std::size_t level = levels - 1; level > 0; --level) {
    const std::uint64_t below = (std::uint64_t{1} << (slot_bits * level)) - 1;
    if ((current_ & below) != 0) continue;
    TimerLink& from = slot(level, current_);
    while (!from.is_alone()) {
      TimerLink& link = *from.next;
      link.unlink();
      --armed_;
      auto& timer = static_cast<Timer&>(link);
      if (timer.tick == current_) {
        timer.insert_before(due_);
        ++armed_;
      } else {
        insert(timer);
      }
    }
  }
  TimerLink& now = slot(0, current_);
  while (!now.is_alone()) {
    TimerLink& link = *now.next;
    link.unlink();
    link.insert_before(due_);
  }
}

Timer* TimerWheel::next_due(SteadyTime now) {
  const std::uint64_t until = tick_before(now);
  while (true) {
    while (!due_.is_alone()) {
      auto& timer = static_cast<Timer&>(*due_.next);
      timer.unlink();
      --armed_;
      if (timer.deadline <= now) return &timer;
      insert(timer);  // it was postponed
    }
    if (armed_ == 0) current_ = std::max(current_, until);
    if (current_ >= until) return nullptr;
    step();
  }
}

std::optional<SteadyTime> TimerWheel::next_look() const {
  if (armed_ == 0) return {};
  std::uint64_t tick = current_ + 1;
  // Within the lowest level the exact slot; beyond it the moment when higher levels come down.
  if (due_.is_alone()) {
    while ((tick & (slots - 1)) != 0 && wheel_[0][tick & (slots - 1)].is_alone()) ++tick;
  }
  return SteadyTime{std::chrono::nanoseconds(static_cast<std::int64_t>(tick) << tick_shift)};
}

}  // namespace kai::splitter
