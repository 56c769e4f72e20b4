#include "core/judge/simulated_traffic.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

using std::chrono::seconds;

SimulatedRollout two_steps() {
  return {.base = 0.01,
          .requests_per_second = 200,
          .interval = seconds(15),
          .steps = {{.weight = 0.1, .intervals = 20}, {.weight = 0.5, .intervals = 20}},
          .warm_up = 4};
}

std::vector<SimulatedTraffic::Moment> moments_of(const SimulatedTraffic& traffic) {
  Xoshiro chance(7);
  std::vector<SimulatedTraffic::Moment> moments;
  for (std::size_t i = 0; i < traffic.frames(); ++i) moments.push_back(traffic.at(i, chance));
  return moments;
}

TEST(SimulatedTraffic, FollowsWeightSharesAndRate) {
  SimulatedTraffic traffic(two_steps(), 120);
  traffic.set_difference(0.04);
  const auto moments = moments_of(traffic);
  ASSERT_EQ(moments.size(), 40U);
  Counts sum;
  for (std::size_t i = 20; i < 40; ++i) {
    EXPECT_EQ(moments[i].weight, 0.5);
    sum.n += moments[i].counts.n;
    sum.x += moments[i].counts.x;
    sum.m += moments[i].counts.m;
    sum.y += moments[i].counts.y;
  }
  // 20 intervals of 15 s at 100 requests/s each; four standard deviations.
  EXPECT_NEAR(static_cast<double>(sum.n), 30'000, 4 * 174);
  EXPECT_NEAR(static_cast<double>(sum.m), 30'000, 4 * 174);
  EXPECT_NEAR(static_cast<double>(sum.x), 1500, 4 * 39);
  EXPECT_NEAR(static_cast<double>(sum.y), 300, 4 * 18);
}

TEST(SimulatedTraffic, StepsBeginWithTheirFirstFrameAndACanaryThatWarmsUpIsNotCounted) {
  SimulatedTraffic traffic(two_steps(), 120);
  traffic.set_difference(0);
  const auto moments = moments_of(traffic);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    EXPECT_EQ(moments[i].step_started, i == 0 || i == 20) << i;
    EXPECT_EQ(moments[i].counts.n > 0, i >= 4) << i;
    EXPECT_GT(moments[i].counts.m, 0U) << i;
  }
}

TEST(SimulatedTraffic, AWarmUpLongerThanAStepGoesOnInTheNext) {
  SimulatedRollout rollout = two_steps();
  rollout.warm_up = 25;
  SimulatedTraffic traffic(rollout, 120);
  traffic.set_difference(0);
  const auto moments = moments_of(traffic);
  EXPECT_EQ(moments[24].counts.n, 0U);
  EXPECT_GT(moments[25].counts.n, 0U);
  EXPECT_TRUE(moments[20].step_started);
}

TEST(SimulatedTraffic, FramesOfALongRolloutCoverMoreIntervalsAndLoseNone) {
  SimulatedRollout rollout = two_steps();
  rollout.steps = {{.weight = 0.1, .intervals = 1001}, {.weight = 0.5, .intervals = 17}};
  SimulatedTraffic traffic(rollout, 120);
  EXPECT_LE(traffic.frames(), 124U);
  std::uint64_t intervals = 0;
  for (const auto& moment : moments_of(traffic)) intervals += moment.span;
  EXPECT_EQ(intervals, 1018U);
}

TEST(SimulatedTraffic, OneChanceServesEveryDifference) {
  SimulatedTraffic traffic(two_steps(), 120);
  traffic.set_difference(0.01);
  const auto fewer = moments_of(traffic);
  traffic.set_difference(0.02);
  const auto more = moments_of(traffic);
  for (std::size_t i = 0; i < fewer.size(); ++i) {
    EXPECT_LE(fewer[i].counts.x, more[i].counts.x);
    EXPECT_EQ(fewer[i].counts.m, more[i].counts.m);
    EXPECT_EQ(fewer[i].counts.y, more[i].counts.y);
  }
}

TEST(SimulatedTraffic, MoreRequestsThanCanBeCountedAreCut) {
  SimulatedRollout rollout = two_steps();
  rollout.requests_per_second = 1e12;
  SimulatedTraffic traffic(rollout, 120);
  traffic.set_difference(0.5);
  Xoshiro chance(1);
  EXPECT_GT(traffic.at(5, chance).counts.n, 9'000'000U);
}

}  // namespace
}  // namespace kai::core
