#include "core/judge/pace.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

using std::chrono::seconds;

Plan checked_every(Duration interval) {
  Plan plan;
  plan.timing.interval = interval;
  return plan;
}

TEST(Pace, AnIntervalIsAScrape) {
  const Plan plan = checked_every(seconds(30));
  EXPECT_EQ(judge_interval(plan, seconds(15)), seconds(15));
  EXPECT_EQ(judge_interval(plan, seconds(60)), seconds(60));
  EXPECT_EQ(judge_persist(plan, seconds(15)), 3);
  EXPECT_EQ(judge_persist(plan, seconds(10)), 3);
}

TEST(Pace, ShortScrapesAreJoinedAndMoreOfThemMustAgree) {
  const Plan plan = checked_every(seconds(30));
  EXPECT_EQ(judge_interval(plan, seconds(1)), seconds(5));
  EXPECT_EQ(judge_persist(plan, seconds(5)), 6);
}

TEST(Pace, WhoeverWantsChecksMoreOftenGetsThem) {
  EXPECT_EQ(judge_interval(checked_every(seconds(2)), seconds(1)), seconds(2));
  EXPECT_EQ(judge_interval(checked_every(seconds(2)), seconds(15)), seconds(15));
}

TEST(Pace, ThePlanMaySayHowManyAgree) {
  Plan plan = checked_every(seconds(30));
  plan.limits.persist = 4;
  EXPECT_EQ(judge_persist(plan, seconds(5)), 4);
}

}  // namespace
}  // namespace kai::core
