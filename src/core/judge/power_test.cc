#include "core/judge/power.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <span>

#include "core/judge/planning.h"
#include "tests/fakes/power_error.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

PlannedRollout planned(double base, double rate, std::uint64_t intervals) {
  PlannedRollout rollout;
  rollout.traffic = {.base = base,
                     .requests_per_second = rate,
                     .interval = seconds(15),
                     .steps = {{.weight = 0.1, .intervals = intervals}}};
  rollout.judge.series = {{.name = "errors", .service = "api"}};
  return rollout;
}

PlannedRollout ladder() {
  PlannedRollout rollout = planned(0.01, 50, 20);
  rollout.traffic.steps = {{.weight = 0.1, .intervals = 20}, {.weight = 0.5, .intervals = 20}};
  rollout.traffic.warm_up = 4;
  return rollout;
}

constexpr Effort whole_effort{.runs_halving = 1};
constexpr Effort quick{.runs = 300, .runs_halving = 100};

fakes::PowerFigures errors_of(const Found& found, double runs) {
  return fakes::power_errors({.usually = *found.usually, .almost_always = *found.almost_always},
                             runs);
}

// Where requests are many the shipped rule finds a little less than the reference, which was
// measured before agreement was asked of the tolerance too; bench/judge has all cells of both.
TEST(Power, AgreesWithAnIndependentImplementation) {
  const Found ten_minutes = power_of(planned(0.01, 50, 40), whole_effort).whole;
  const fakes::PowerFigures errors = errors_of(ten_minutes, 1500);
  EXPECT_TRUE(fakes::agrees_with_reference(100 * *ten_minutes.usually, 1.00, errors.usually))
      << *ten_minutes.usually;
  EXPECT_TRUE(
      fakes::agrees_with_reference(100 * *ten_minutes.almost_always, 1.22, errors.almost_always))
      << *ten_minutes.almost_always;
  const Found two_minutes = power_of(planned(0.001, 10, 8), whole_effort).whole;
  EXPECT_TRUE(fakes::agrees_with_reference(100 * *two_minutes.usually, 6.14,
                                           errors_of(two_minutes, 1500).usually))
      << *two_minutes.usually;
}

TEST(Power, TheFormulaIsNear) {
  const auto formula = [](double rate, double time) {
    return *visible_regression({.base = 0.01, .requests_per_second = rate, .seconds = time});
  };
  const Found ten = power_of(planned(0.01, 50, 40), quick).whole;
  const Found two = power_of(planned(0.01, 50, 8), quick).whole;
  const double error_ten = 4 * errors_of(ten, 300).usually;
  const double error_two = 4 * errors_of(two, 300).usually;
  EXPECT_GT(formula(50, 600) / *ten.usually, 0.91 * (1 - error_ten));
  EXPECT_LT(formula(50, 600) / *ten.usually, 1.32 * (1 + error_ten));
  EXPECT_GT(formula(50, 120) / *two.usually, 0.86 * (1 - error_two));
  EXPECT_LT(formula(50, 120) / *two.usually, 1.14 * (1 + error_two));
}

// The same bits for every compiler and machine, and each time.
TEST(Power, IsTheSameEverywhere) {
  const Power power = power_of(ladder(), quick);
  EXPECT_EQ(*power.first_step.usually, 0x1.25383e66a2eeep-6);
  EXPECT_EQ(*power.whole.usually, 0x1.eff22228e4b2ep-8);
  EXPECT_EQ(*power.whole.almost_always, 0x1.30652b494f882p-7);
  const Power again = power_of(ladder(), quick);
  EXPECT_EQ(*again.whole.almost_always, *power.whole.almost_always);
  EXPECT_EQ(again.halving->time, power.halving->time);
}

TEST(Power, TheFirstStepFindsLessThanTheWholeRollout) {
  const Power power = power_of(ladder(), quick);
  EXPECT_GT(*power.first_step.usually, 1.5 * *power.whole.usually);
  EXPECT_GT(*power.whole.almost_always, *power.whole.usually);
}

TEST(Power, PodsThatDifferHideMore) {
  PlannedRollout uneven = planned(0.01, 50, 40);
  uneven.judge.series.front().dispersion = {{.intervals = 1, .dispersion = 4}};
  const double found = *power_of(uneven, quick).whole.usually;
  EXPECT_GT(found, 1.5 * *power_of(planned(0.01, 50, 40), quick).whole.usually);
  // Four times the requests make up for four times the scatter.
  uneven.traffic.requests_per_second *= 4;
  const Found more = power_of(uneven, quick).whole;
  EXPECT_NEAR(std::log(*more.usually / 0.00985), 0, 0.15);
}

TEST(Power, WhatHalvesItDoes) {
  const PlannedRollout rollout = planned(0.01, 10, 40);
  const Power power = power_of(rollout, quick);
  const double half = *power.whole.usually / 2;
  // Factors are a tenth apart, and a figure goes with the root of its requests.
  constexpr double near = 0.15;
  PlannedRollout longer = rollout;
  longer.traffic.steps.front().intervals =
      static_cast<std::uint64_t>(std::llround(40 * power.halving->time.value()));
  EXPECT_NEAR(*power_of(longer, quick).whole.usually / half, 1, near);
  PlannedRollout busier = rollout;
  busier.traffic.requests_per_second *= power.halving->requests.value();
  EXPECT_NEAR(*power_of(busier, quick).whole.usually / half, 1, near);
  EXPECT_FALSE(power.halving->weight) << "half of all requests is not enough";
}

TEST(Power, HalfOfWhatIsNearTheToleranceIsNeverFound) {
  const Power power = power_of(planned(0.001, 1000, 40), quick);
  EXPECT_TRUE(power.halving->tolerated);
}

TEST(Power, WithoutTrafficNothingIsFound) {
  const Power power = power_of(planned(0.01, 0, 40), quick);
  EXPECT_FALSE(power.whole.usually);
  EXPECT_FALSE(power.whole.almost_always);
  EXPECT_FALSE(power.halving);
}

TEST(Power, NothingIsWorseThanAStableThatAlwaysFails) {
  EXPECT_FALSE(power_of(planned(1, 50, 40), quick).whole.usually);
  EXPECT_FALSE(power_of(planned(1 - 1e-9, 50, 40), quick).whole.usually);
}

TEST(Power, StableWithoutErrorsRevealsMoreNotNothing) {
  const double none = *power_of(planned(0, 200, 40), quick).whole.usually;
  EXPECT_GT(none, 0.001) << "the tolerance";
  EXPECT_LT(none, *power_of(planned(0.001, 200, 40), quick).whole.usually);
}

TEST(Power, ARolloutOfDaysIsSimulatedInLongFrames) {
  const Power power = power_of(planned(0.01, 1, 40'000), {.runs = 50, .runs_halving = 20});
  EXPECT_LT(*power.whole.usually, 0.01);
}

TEST(Power, AWarmUpAsLongAsTheRolloutFindsNothing) {
  PlannedRollout rollout = planned(0.01, 50, 8);
  rollout.traffic.warm_up = 8;
  EXPECT_FALSE(power_of(rollout, quick).whole.usually);
}

// Beside a series that sees nothing, a series of half the pool is found in the very same frame.
TEST(Power, OneSeriesOfAPoolIsJudgedAsInThePool) {
  SequentialConfig pooled;
  pooled.series = {{.name = "errors", .weight = 0.5}, {.name = "slow requests", .weight = 0.5}};
  const SequentialConfig alone = judge_of_one(pooled, 0);
  for (const std::uint64_t bad : {6U, 9U, 12U, 60U, 200U}) {
    auto both = SequentialRule::create(pooled).value();
    auto one = SequentialRule::create(alone).value();
    for (std::uint64_t i = 1; i <= 40; ++i) {
      const std::array counts{Counts{.n = 300, .x = bad, .m = 2700, .y = 27}, Counts{}};
      const auto frame = [&](std::size_t series) {
        return SeriesFrame{.sequence = i,
                           .weight_ppm = 100'000,
                           .series = std::span(counts).first(series),
                           .young = {},
                           .values = {}};
      };
      EXPECT_EQ(both.observe(frame(2)).outcome, one.observe(frame(1)).outcome) << bad << " " << i;
    }
  }
}

TEST(Power, ManyServicesGetFewerRunsEach) {
  EXPECT_EQ(effort_for(1, 40).runs, 1500U);
  EXPECT_EQ(effort_for(3, 40).runs, 1500U);
  EXPECT_EQ(effort_for(4, 60).runs, 750U);
  EXPECT_EQ(effort_for(1, 180).runs, 1000U);
  EXPECT_EQ(effort_for(1, 100'000).runs, 750U) << "its frames are longer";
  EXPECT_EQ(effort_for(1000, 100).runs, 150U);
  EXPECT_EQ(effort_for(0, 0).runs, 1500U);
}

}  // namespace
}  // namespace kai::core
