#include "edges/gateway_api/route_units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <numeric>

namespace kai::edges {
namespace {

using core::Weight;

Weight weight(std::int64_t hundredths) { return Weight::from_hundredths(hundredths); }

TEST(RouteUnits, RuleWithoutOthersIsCountedInHundredthsOfPercent) {
  const std::array steps{weight(1), weight(500), weight(3333), weight(10'000)};
  const auto scale = choose_route_scale(1, {}, steps);
  ASSERT_TRUE(scale);
  EXPECT_EQ(*scale, (RouteScale{.multiplier = 1, .total = 10'000}));
  EXPECT_EQ(canary_units(weight(3333), scale->total), 3333);
}

TEST(RouteUnits, OthersOfWeightZeroDoNotCountAsOthers) {
  const std::array<std::int64_t, 1> others{0};
  EXPECT_EQ(choose_route_scale(1, others, {})->total, 10'000);
}

TEST(RouteUnits, FineEnoughWeightsStayAsTheyAre) {
  const std::array<std::int64_t, 1> others{100};
  const std::array steps{weight(1000), weight(5000)};
  EXPECT_EQ(*choose_route_scale(900, others, steps), (RouteScale{.multiplier = 1, .total = 900}));
}

TEST(RouteUnits, CoarseWeightsAreMultipliedByTheSmallestFactorThatMeetsEachStep) {
  const std::array<std::int64_t, 1> others{1};
  const std::array steps{weight(1000), weight(5000)};
  EXPECT_EQ(*choose_route_scale(3, others, steps), (RouteScale{.multiplier = 10, .total = 30}));
}

TEST(RouteUnits, StepThatOneUnitWouldExceedIsRejected) {
  const std::array<std::int64_t, 1> others{1'000'000};
  const std::array steps{weight(100)};
  const auto scale = choose_route_scale(10, others, steps);
  ASSERT_FALSE(scale);
  EXPECT_EQ(scale.error().kind, ErrorKind::rejected);
  EXPECT_EQ(scale.error().message,
            "1% is not possible with a total of 10; the smallest step is 10%");
}

TEST(RouteUnits, StableThatCarriesNothingIsRejected) {
  EXPECT_EQ(choose_route_scale(0, {}, {}).error().kind, ErrorKind::rejected);
}

TEST(RouteUnits, NegativeWeightIsRejected) {
  const std::array<std::int64_t, 1> others{-1};
  EXPECT_EQ(choose_route_scale(1, others, {}).error().kind, ErrorKind::rejected);
}

TEST(RouteUnits, LiveWeightIsTheStepThatWasAskedForAndElseRoundedUp) {
  const std::array steps{weight(1000)};
  EXPECT_EQ(live_weight(6, 54, steps), weight(1000));
  EXPECT_EQ(live_weight(1, 2, {}), weight(3334));
  EXPECT_EQ(live_weight(0, 0, {}), Weight::zero());
  EXPECT_EQ(live_weight(5, 0, {}), Weight::full());
  EXPECT_EQ(live_weight(std::int64_t{1} << 62, 1, {}).hundredths(), 10'000);
}

RC_GTEST_PROP(RouteUnits, NeverZeroForAWeightAndNeverAboveItByMoreThanATenth, ()) {
  const auto stable = *rc::gen::inRange<std::int64_t>(1, 2000);
  const auto other = *rc::gen::inRange<std::int64_t>(0, 2000);
  const std::array others{other};
  const std::array steps{weight(*rc::gen::inRange(1, 10'001))};
  const auto scale = choose_route_scale(stable, others, steps);
  if (!scale) return;
  const std::int64_t units = canary_units(steps[0], scale->total);
  RC_ASSERT(units >= 1 && units <= scale->total);
  RC_ASSERT(units * 10'000 * 10 <= steps[0].hundredths() * scale->total * 11);
  // Others keep their share: the rule as a whole is multiplied.
  if (other > 0) RC_ASSERT(scale->total * other == stable * other * scale->multiplier);
  RC_ASSERT(scale->total <= route_units_max && other * scale->multiplier <= route_units_max);
  RC_ASSERT(live_weight(units, scale->total - units, steps) == steps[0]);
}

}  // namespace
}  // namespace kai::edges
