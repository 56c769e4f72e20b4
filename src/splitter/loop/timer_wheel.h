// Hierarchical timer wheel (Varghese and Lauck, 1987): arming, moving and cancelling cost the same
// for one timer or a hundred thousand.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace kai::splitter {

// A link of a ring; alone it points to itself.
struct TimerLink {
  TimerLink* next = this;
  TimerLink* previous = this;

  TimerLink() = default;
  TimerLink(const TimerLink&) = delete;
  TimerLink& operator=(const TimerLink&) = delete;

  [[nodiscard]] bool is_alone() const { return next == this; }
  void unlink();
  void insert_before(TimerLink& place);
};

// Lives in what it wakes. Its owner cancels it before it goes.
struct Timer : TimerLink {
  SteadyTime deadline;
  std::uint64_t tick = 0;  // of the slot it is in; the wheel's own
};

class TimerWheel {
 public:
  // Four levels of 64 slots of 4 ms: 19 hours; what is further away is looked at again then.
  static constexpr int tick_shift = 22;  // 2^22 ns
  static constexpr std::size_t slot_bits = 6;
  static constexpr std::size_t slots = std::size_t{1} << slot_bits;
  static constexpr std::size_t levels = 4;

  explicit TimerWheel(SteadyTime now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Never fires before `deadline`, and at most a tick after it plus the caller's delay. A timer
  // that is armed already for an earlier moment is only given its new deadline, and moved when that
  // moment comes: activity that keeps postponing a time-out costs one store.
  void arm(Timer& timer, SteadyTime deadline);
  void cancel(Timer& timer);

  // Takes out the next timer that is due at `now`; null when there is none. Called until it says
  // null; timers may be armed and cancelled between the calls.
  [[nodiscard]] Timer* next_due(SteadyTime now);

  // When next_due has to be asked again at the latest; nothing while no timer is armed.
  [[nodiscard]] std::optional<SteadyTime> next_look() const;

 private:
  [[nodiscard]] TimerLink& slot(std::size_t level, std::uint64_t tick);
  void insert(Timer& timer);
  void step();

  std::uint64_t current_;  // ticks up to here have been looked at
  std::size_t armed_ = 0;
  TimerLink due_;
  std::array<std::array<TimerLink, slots>, levels> wheel_;
};

}  // namespace kai::splitter
