#include "core/judge/judge.h"

#include <gtest/gtest.h>

#include "core/judge/service_facts.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

JudgeConfig one_service() {
  return {.services = {{.name = "api-server", .edges = {0.1, 0.5, 1.0}}},
          .success_percent_min = 95};
}

ServiceCounts canary(std::uint64_t requests, std::uint64_t errors) {
  return {
      .canary = {.requests = requests, .errors = errors, .timed = requests, .slower = {0, 0, 0}},
      .baseline = {}};
}

Frame frame(std::uint64_t sequence, std::vector<ServiceCounts> services, Ask ask = Ask::tick) {
  return {.sequence = sequence, .span = seconds(30), .ask = ask, .services = std::move(services)};
}

TEST(Judge, TheFirstBreachFails) {
  Judge judge = Judge::create(one_service()).value();
  const Verdict verdict = judge.observe(frame(1, {canary(100, 6)}));
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.reason, VerdictReason::below_success_threshold);
  EXPECT_EQ(verdict.facts[0].success_percent, 94.0);
}

TEST(Judge, ExactlyTheThresholdHolds) {
  Judge judge = Judge::create(one_service()).value();
  EXPECT_EQ(judge.observe(frame(1, {canary(100, 5)}, Ask::step_end)).outcome, Outcome::pass);
}

TEST(Judge, ATickNeverPasses) {
  Judge judge = Judge::create(one_service()).value();
  const Verdict verdict = judge.observe(frame(1, {canary(100, 0)}));
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict.reason, VerdictReason::threshold_ok);
}

TEST(Judge, WithoutARequestThereIsNoAnswer) {
  Judge judge = Judge::create(one_service()).value();
  const Verdict verdict = judge.observe(frame(1, {canary(0, 0)}, Ask::final));
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
  EXPECT_EQ(verdict.reason, VerdictReason::no_canary_traffic);
}

TEST(Judge, OneBadServiceOfTwoFailsAndIsNamed) {
  JudgeConfig config = one_service();
  config.services.push_back({.name = "coordinator-service", .edges = {0.1, 0.5, 1.0}});
  Judge judge = Judge::create(config).value();
  const Verdict verdict = judge.observe(frame(1, {canary(100, 0), canary(100, 50)}, Ask::step_end));
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.culprit, 1u);
}

TEST(Judge, ASilentServiceDoesNotHideABadOne) {
  JudgeConfig config = one_service();
  config.services.push_back({.name = "coordinator-service", .edges = {0.1, 0.5, 1.0}});
  Judge judge = Judge::create(config).value();
  EXPECT_EQ(judge.observe(frame(1, {canary(0, 0), canary(100, 50)})).outcome, Outcome::fail);
}

TEST(Judge, WhatIsOlderThanTheWindowIsForgotten) {
  Judge judge = Judge::create(one_service()).value();
  Frame bad = frame(1, {canary(100, 60)});
  bad.check = false;
  EXPECT_EQ(judge.observe(bad).outcome, Outcome::inconclusive);
  for (std::uint64_t i = 2; i <= 11; ++i) {
    Frame good = frame(i, {canary(100, 0)});
    good.check = false;
    static_cast<void>(judge.observe(good));
  }
  EXPECT_EQ(judge.observe(frame(12, {canary(100, 0)}, Ask::step_end)).outcome, Outcome::pass);
}

TEST(Judge, ANewStepDropsTheEvidenceOfTheOldOne) {
  Judge judge = Judge::create(one_service()).value();
  Frame bad = frame(1, {canary(100, 60)});
  bad.check = false;
  static_cast<void>(judge.observe(bad));
  Frame fresh = frame(2, {canary(10, 0)}, Ask::step_end);
  fresh.step_started = true;
  EXPECT_EQ(judge.observe(fresh).outcome, Outcome::pass);
}

TEST(Judge, ALatencyAboveTheLimitFails) {
  JudgeConfig config = one_service();
  config.latency_max_seconds = 0.5;
  Judge judge = Judge::create(config).value();
  ServiceCounts slow = canary(100, 0);
  slow.canary.slower = {100, 60, 0};
  const Verdict verdict = judge.observe(frame(1, {slow}));
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.reason, VerdictReason::above_latency_limit);
  EXPECT_GT(*verdict.facts[0].latency_seconds, 0.5);
}

TEST(Judge, AnOldFrameChangesNothing) {
  Judge judge = Judge::create(one_service()).value();
  const Verdict first = judge.observe(frame(5, {canary(100, 0)}));
  EXPECT_EQ(judge.observe(frame(5, {canary(100, 90)})), first);
  EXPECT_EQ(judge.observe(frame(4, {canary(100, 90)})), first);
}

TEST(Judge, AnImpossibleFrameIsRefusedAsAWhole) {
  Judge judge = Judge::create(one_service()).value();
  std::vector<Frame> impossible(6, frame(1, {canary(10, 0)}));
  impossible[0].services[0].canary.errors = 11;
  impossible[1].services[0].canary.slower = {11, 0, 0};
  impossible[2].services[0].canary.requests = std::uint64_t{1} << 53;
  impossible[3].span = Duration::zero();
  impossible[4].services.clear();
  impossible[5].services[0].canary.slower = {1};
  for (const Frame& bad : impossible)
    EXPECT_EQ(judge.observe(bad).reason, VerdictReason::rejected_input);
  EXPECT_EQ(judge.observe(frame(1, {canary(100, 0)}, Ask::final)).facts[0].requests, 100u);
}

TEST(Judge, AnEmptyListOfServicesIsNeverHealthy) {
  JudgeConfig config = one_service();
  config.services.clear();
  const auto judge = Judge::create(config);
  ASSERT_FALSE(judge.has_value());
  EXPECT_EQ(judge.error().kind, ErrorKind::rejected);
}

TEST(Judge, LimitsOutOfRangeAreRefused) {
  for (const double success : {0.0, -1.0, 100.1, std::numeric_limits<double>::quiet_NaN()}) {
    JudgeConfig config = one_service();
    config.success_percent_min = success;
    EXPECT_FALSE(Judge::create(config).has_value()) << success;
  }
  JudgeConfig latency = one_service();
  latency.latency_max_seconds = std::numeric_limits<double>::infinity();
  EXPECT_FALSE(Judge::create(latency).has_value());
  JudgeConfig blind = one_service();
  blind.latency_max_seconds = 0.5;
  blind.services[0].edges.clear();
  EXPECT_FALSE(Judge::create(blind).has_value());
}

TEST(Latency, IsLinearInsideItsBucket) {
  EXPECT_DOUBLE_EQ(*latency_at(0.5, {1.0, 2.0}, 100, {0, 0}), 0.5);
  EXPECT_DOUBLE_EQ(*latency_at(0.75, {1.0, 2.0}, 100, {50, 0}), 1.5);
}

TEST(Latency, BeyondTheLastEdgeIsTheLastEdge) {
  EXPECT_EQ(latency_at(0.95, {1.0, 2.0}, 100, {100, 90}), 2.0);
}

TEST(Latency, WithoutTimedRequestsThereIsNone) {
  EXPECT_FALSE(latency_at(0.95, {1.0}, 0, {0}));
  EXPECT_FALSE(latency_at(0.95, {}, 10, {}));
}

}  // namespace
}  // namespace kai::core
