#include "core/judge/starts.h"

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

TEST(Starts, WeightsNeverSumToMoreThanOneWhateverTheGaps) {
  fakes::Traffic traffic(1);
  for (std::uint64_t planned = 1; planned <= 300; planned += 1 + planned / 7) {
    for (std::uint32_t steps = 0; steps <= 12; ++steps) {
      const StartPlan plan = plan_starts(planned, steps, 4);
      for (int pattern = 0; pattern < 4; ++pattern) {
        Starts starts;
        double given = 0;
        for (std::uint64_t i = 0; i < 3 * planned + 40; ++i) {
          const auto span = pattern == 0 ? 1U : 1U + static_cast<unsigned>(traffic.source() % 9);
          const double weight = starts.advance(plan, span, traffic.source() % 5 == 0);
          given += weight;
          ASSERT_GE(weight, 0);
          ASSERT_LE(given, 1 + 1e-12);
          ASSERT_GE(starts.unstarted, 0);
          ASSERT_NEAR(starts.unstarted, 1 - given, 1e-12);
        }
      }
    }
  }
}

TEST(Starts, WhatAGapSkippedIsDueAtOnce) {
  const StartPlan plan = plan_starts(40, 0, 4);
  Starts starts;
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, false), 0.6);
  EXPECT_DOUBLE_EQ(starts.advance(plan, 9, false), 0.08);  // positions 4 and 8
  EXPECT_EQ(starts.advance(plan, 2, false), 0);            // position 11
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, false), 0.04);
}

TEST(Starts, LateStartsGoOnWithoutEndOneAtATime) {
  const StartPlan plan = plan_starts(8, 0, 4);
  Starts starts;
  for (int position = 0; position < 8; ++position)
    static_cast<void>(starts.advance(plan, 1, false));
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, false), 0.02);       // position 8
  EXPECT_DOUBLE_EQ(starts.advance(plan, 50, false), 0.04 / 6);  // one, however long the gap
  EXPECT_EQ(starts.advance(plan, 3, false), 0);                 // measured from the last
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, false), 0.04 / 12);
}

TEST(Starts, OnlyThePlannedStepsOpenASlotAndNotTheFirstFrame) {
  const StartPlan plan = plan_starts(40, 2, 4);
  Starts starts;
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, true), 0.6);
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, true), 0.09);
  EXPECT_DOUBLE_EQ(starts.advance(plan, 1, true), 0.09);
  EXPECT_EQ(starts.advance(plan, 1, true), 0);
}

}  // namespace
}  // namespace kai::core
