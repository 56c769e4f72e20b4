#include "splitter/main/keeper.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/time.h"

namespace kai::splitter {
namespace {

TEST(Keeper, ACrashAfterASteadyTimeIsHealedAtOnceAndACrashLoopSlowsDown) {
  using std::chrono::milliseconds;
  EXPECT_EQ(restart_wait(0), Duration::zero());
  EXPECT_EQ(restart_wait(1), milliseconds(50));
  EXPECT_EQ(restart_wait(2), milliseconds(100));
  EXPECT_EQ(restart_wait(7), milliseconds(3200));
  EXPECT_EQ(restart_wait(8), restart_wait_max);
  EXPECT_EQ(restart_wait(4'000'000'000U), restart_wait_max);
}

}  // namespace
}  // namespace kai::splitter
