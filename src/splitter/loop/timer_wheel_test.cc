#include "splitter/loop/timer_wheel.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/time.h"

namespace kai::splitter {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration tick{std::int64_t{1} << TimerWheel::tick_shift};

SteadyTime at(Duration since_start) { return {since_start}; }

TEST(TimerWheel, FiresNotBeforeItsDeadlineAndOnce) {
  TimerWheel wheel(at(seconds(5)));
  Timer timer;
  wheel.arm(timer, at(seconds(6)));
  EXPECT_EQ(wheel.next_due(at(seconds(6)) + Duration(-1)), nullptr);
  EXPECT_EQ(wheel.next_due(at(seconds(6)) + tick), &timer);
  EXPECT_EQ(wheel.next_due(at(seconds(60))), nullptr);
}

TEST(TimerWheel, APostponedTimerFiresAtItsNewDeadline) {
  TimerWheel wheel(at(seconds(0)));
  Timer timer;
  wheel.arm(timer, at(seconds(1)));
  wheel.arm(timer, at(seconds(3)));
  EXPECT_EQ(wheel.next_due(at(seconds(2))), nullptr);
  EXPECT_EQ(wheel.next_due(at(seconds(3)) + tick), &timer);
}

TEST(TimerWheel, AnAdvancedTimerFiresEarlier) {
  TimerWheel wheel(at(seconds(0)));
  Timer timer;
  wheel.arm(timer, at(hours(3)));
  wheel.arm(timer, at(milliseconds(20)));
  EXPECT_EQ(wheel.next_due(at(milliseconds(20)) + tick), &timer);
}

TEST(TimerWheel, ACancelledTimerDoesNotFire) {
  TimerWheel wheel(at(seconds(0)));
  Timer timer;
  wheel.arm(timer, at(seconds(1)));
  wheel.cancel(timer);
  wheel.cancel(timer);
  EXPECT_EQ(wheel.next_due(at(seconds(9))), nullptr);
  EXPECT_FALSE(wheel.next_look().has_value());
}

TEST(TimerWheel, ADueTimerMayCancelAnotherThatIsDueToo) {
  TimerWheel wheel(at(seconds(0)));
  Timer first;
  Timer second;
  wheel.arm(first, at(seconds(1)));
  wheel.arm(second, at(seconds(1)));
  ASSERT_NE(wheel.next_due(at(seconds(2))), nullptr);
  wheel.cancel(first);
  wheel.cancel(second);
  EXPECT_EQ(wheel.next_due(at(seconds(2))), nullptr);
}

TEST(TimerWheel, ADeadlineOfThePastFiresWithTheNextTick) {
  TimerWheel wheel(at(seconds(9)));
  Timer timer;
  wheel.arm(timer, at(seconds(1)));
  EXPECT_EQ(wheel.next_due(at(seconds(9)) + 2 * tick), &timer);
}

TEST(TimerWheel, ATimerBeyondTheLastLevelStillFiresInTime) {
  TimerWheel wheel(at(seconds(0)));
  Timer timer;
  wheel.arm(timer, at(hours(30)));
  EXPECT_EQ(wheel.next_due(at(hours(29))), nullptr);
  EXPECT_EQ(wheel.next_due(at(hours(30)) + tick), &timer);
}

TEST(TimerWheel, NextLookIsNeverLate) {
  TimerWheel wheel(at(seconds(0)));
  Timer timer;
  wheel.arm(timer, at(milliseconds(700)));
  Timer* due = nullptr;
  int looks = 0;
  SteadyTime now = at(seconds(0));
  while (due == nullptr) {
    now = wheel.next_look().value();
    due = wheel.next_due(now);
    ASSERT_LT(++looks, 10) << "an idle loop must not spin";
  }
  EXPECT_GE(now, at(milliseconds(700)));
  EXPECT_LE(now, at(milliseconds(700)) + tick);
}

// Against the obvious model: every timer fires once, in (deadline, deadline + look interval +
// tick].
RC_GTEST_PROP(TimerWheel, FiresLikeASortedList,
              (const std::vector<std::uint32_t>& waits_ms, std::uint16_t interval_ms)) {
  TimerWheel wheel(at(seconds(1)));
  const Duration interval = milliseconds(interval_ms % 2000 + 1);
  std::array<Timer, 64> timers;
  std::size_t armed = 0;
  for (const std::uint32_t wait : waits_ms) {
    if (armed == timers.size()) break;
    wheel.arm(timers[armed++], at(seconds(1)) + milliseconds(wait % 400'000));
  }
  std::size_t fired = 0;
  for (SteadyTime now = at(seconds(1)); now < at(seconds(410)); now = now + interval) {
    while (const Timer* const timer = wheel.next_due(now)) {
      RC_ASSERT(timer->deadline <= now);
      RC_ASSERT(now <= timer->deadline + interval + 2 * tick);
      ++fired;
    }
  }
  RC_ASSERT(fired == armed);
}

}  // namespace
}  // namespace kai::splitter
