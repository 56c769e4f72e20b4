#include "core/judge/bounds.h"

#include <cmath>

#include <gtest/gtest.h>

namespace kai::core {
namespace {

TEST(Bounds, NoAlarmIsNoProofOfNoAlarms) {
  EXPECT_NEAR(alarm_rate_bound(0, 500, 0.95), 1 - std::pow(0.05, 1.0 / 500), 1e-12);
  EXPECT_EQ(alarm_rate_bound(3, 3, 0.95), 1);
  EXPECT_GT(alarm_rate_bound(1, 500, 0.95), alarm_rate_bound(0, 500, 0.95));
}

TEST(Bounds, TrafficThatFollowsTheWeightIsNotAccused) {
  EXPECT_FALSE(is_traffic_off_weight(100, 900, 0.1, 0.01));
  EXPECT_FALSE(is_traffic_off_weight(60, 940, 0.1, 0.01));
  EXPECT_FALSE(is_traffic_off_weight(0, 20, 0.1, 0.01));  // could be chance
  EXPECT_TRUE(is_traffic_off_weight(10, 1990, 0.1, 0.01));
}

}  // namespace
}  // namespace kai::core
