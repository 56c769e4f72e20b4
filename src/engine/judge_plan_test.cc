#include "engine/judge_plan.h"

#include <gtest/gtest.h>

#include "engine/plans.h"

namespace kai::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

ports::Calibration busy() {
  return {.errors = {{.intervals = 1, .dispersion = 1.5}},
          .requests_per_second = 50,
          .error_share = 0.01,
          .pods = 4,
          .history = hours(6)};
}

core::Record record(std::vector<ports::Calibration> calibration,
                    std::vector<std::string> services = {"api-server"}) {
  core::Record all;
  all.plan.limits.judge = core::JudgeRule::sequential;
  all.plan.steps = {{core::Weight::from_hundredths(1000), minutes(2)},
                    {core::Weight::from_hundredths(5000), minutes(2)}};
  ports::WorkloadPlan workload;
  ports::MetricPlan metrics{.scrape_interval = seconds(15), .calibration = std::move(calibration)};
  for (std::string& name : services) {
    workload.services.push_back({.name = std::move(name)});
    metrics.edges.emplace_back();
  }
  all.workload_plan = pack(workload);
  all.metric_plan = pack(metrics);
  return all;
}

TEST(JudgePlan, TakesTrafficFromThePodsThatAreReady) {
  const JudgePlan plan = judge_plan(record({busy()}), {4});
  EXPECT_EQ(plan.interval, seconds(15));
  EXPECT_EQ(plan.persist, 3);
  ASSERT_EQ(plan.services.size(), 1U);
  const ServiceJudgePlan& service = plan.services[0];
  EXPECT_EQ(service.name, "api-server");
  ASSERT_TRUE(service.known);
  EXPECT_EQ(service.known->requests_per_second, 200);
  EXPECT_EQ(service.known->error_share, 0.01);
  const core::Power& power = service.known->power;
  EXPECT_GT(*power.first_step.usually, *power.whole.usually);
  EXPECT_GT(*power.whole.usually, 0.002) << "beyond the tolerance";
  EXPECT_LT(*power.whole.usually, 0.02);
}

TEST(JudgePlan, SaysWhereTheScatterIsKnownFrom) {
  const auto source = [](ports::Calibration known) {
    return judge_plan(record({std::move(known)}), {0}).services[0].scatter;
  };
  EXPECT_EQ(source(busy()).source, ScatterSource::learned);
  EXPECT_EQ(source(busy()).pods, 4U);
  EXPECT_EQ(source(busy()).history, hours(6));
  EXPECT_EQ(source(busy()).points, busy().errors);
  ports::Calibration two = busy();
  two.errors = {{.intervals = 1, .dispersion = 2}, {.intervals = 2, .dispersion = 2.5}};
  two.pods = 2;
  EXPECT_EQ(source(two).source, ScatterSource::raised);
  ports::Calibration one = busy();
  one.errors = {{.intervals = 1, .dispersion = 2}};
  one.pods = 1;
  EXPECT_EQ(source(one).source, ScatterSource::assumed);
  const std::vector<core::DispersionPoint> assumed{{.intervals = 1, .dispersion = 2}};
  EXPECT_EQ(source({}).points, assumed);
}

TEST(JudgePlan, TrafficThatNobodyKnowsIsNoNumber) {
  EXPECT_FALSE(judge_plan(record({}), {4}).services[0].known) << "no calibration";
  EXPECT_FALSE(judge_plan(record({busy()}), {0}).services[0].known) << "no pod is ready";
  EXPECT_FALSE(judge_plan(record({busy()}), {}).services[0].known);
  ports::Calibration idle = busy();
  idle.requests_per_second = 0;
  EXPECT_FALSE(judge_plan(record({idle}), {4}).services[0].known) << "no request in the history";
}

TEST(JudgePlan, AServiceOfTwoHasToProveFromItsShareOfThePool) {
  const double alone = *judge_plan(record({busy()}), {1}).services[0].known->power.whole.usually;
  const JudgePlan both = judge_plan(record({busy(), busy()}, {"api", "worker"}), {1, 1});
  ASSERT_EQ(both.services.size(), 2U);
  EXPECT_GT(*both.services[1].known->power.whole.usually, alone);
  EXPECT_EQ(both.services[1].name, "worker");
}

TEST(JudgePlan, WhatIsNotJudgedInTheWarmUpIsNotCounted) {
  core::Record warm = record({busy()});
  warm.plan.limits.warm_up = minutes(2);
  EXPECT_FALSE(judge_plan(warm, {1}).services[0].known->power.first_step.usually);
  warm.plan.limits.warm_up = Duration{0};
  EXPECT_TRUE(judge_plan(warm, {1}).services[0].known->power.first_step.usually);
}

TEST(JudgePlan, AStableThatAlwaysFailsHidesEverything) {
  ports::Calibration broken = busy();
  broken.error_share = 1;
  EXPECT_FALSE(judge_plan(record({broken}), {1}).services[0].known->power.whole.usually);
}

}  // namespace
}  // namespace kai::engine
