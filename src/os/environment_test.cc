#include "os/environment.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "os/real_clock.h"
#include "os/real_random.h"

namespace kai::os {
namespace {

TEST(Environment, HoldsWhatIsSet) {
  ASSERT_EQ(::setenv("KAI_TEST_VARIABLE", "a=b c", 1), 0);
  EXPECT_EQ(read_environment().at("KAI_TEST_VARIABLE"), "a=b c");
  ASSERT_EQ(::unsetenv("KAI_TEST_VARIABLE"), 0);
  EXPECT_FALSE(read_environment().contains("KAI_TEST_VARIABLE"));
}

TEST(RealSteadyClock, DoesNotGoBack) {
  const RealSteadyClock clock;
  const SteadyTime before = clock.now();
  EXPECT_GT(before, SteadyTime{});
  EXPECT_GE(clock.now(), before);
}

TEST(RealWallClock, IsNotInThePast) {
  EXPECT_GT(RealWallClock().now(), *parse_wall_time("2024-01-01T00:00:00Z"));
}

TEST(RealRandom, DoesNotRepeatItself) {
  RealRandom random;
  EXPECT_NE(random.next(), random.next());
}

}  // namespace
}  // namespace kai::os
