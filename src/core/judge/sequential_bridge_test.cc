#include "core/judge/sequential_bridge.h"

#include <gtest/gtest.h>

#include "core/judge/sentence.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

JudgeConfig two_services() {
  JudgeConfig config{.rule = Rule::sequential,
                     .services = {{.name = "api-server", .edges = {0.1, 0.5, 1.0}},
                                  {.name = "coordinator-service", .edges = {0.1, 0.5, 1.0}}}};
  config.sequential.dispersion = {{.intervals = 1, .dispersion = 1}};
  return config;
}

ArmCounts arm(std::uint64_t requests, std::uint64_t errors, std::uint64_t slow = 0) {
  return {.requests = requests,
          .errors = errors,
          .timed = requests,
          .slower = {slow * 2, slow, slow / 2}};
}

const ServiceCounts healthy{.canary = arm(300, 3, 6), .baseline = arm(2700, 27, 54)};

class Fed {
 public:
  explicit Fed(const JudgeConfig& config) : judge_(Judge::create(config).value()) {}
  Verdict see(std::vector<ServiceCounts> services, Ask ask = Ask::tick,
              Duration span = seconds(15)) {
    return last = judge_.observe({.sequence = ++sequence_,
                                  .span = span,
                                  .ask = ask,
                                  .services = std::move(services),
                                  .weight_ppm = 100'000});
  }
  Verdict last;

 private:
  Judge judge_;
  std::uint64_t sequence_ = 0;
};

TEST(SequentialBridge, AWorseServiceOfTwoFailsAndIsNamed) {
  Fed fed(two_services());
  const ServiceCounts worse{.canary = arm(300, 30, 6), .baseline = arm(2700, 27, 54)};
  for (int i = 0; i < 3; ++i) fed.see({healthy, worse});
  EXPECT_EQ(fed.last.outcome, Outcome::fail);
  EXPECT_EQ(fed.last.reason, VerdictReason::proved_worse);
  EXPECT_EQ(fed.last.culprit, 1U);
  EXPECT_EQ(fed.last.facts[1].errors, 90U);
  EXPECT_EQ(sentence_of(fed.last, two_services()).substr(0, 53),
            "ROLLBACK after 45s: coordinator-service errors 10% vs");
}

TEST(SequentialBridge, IdenticalVersionsAreProvedHealthy) {
  Fed fed(two_services());
  for (int i = 0; i < 40 && fed.last.outcome != Outcome::pass; ++i) fed.see({healthy, healthy});
  EXPECT_EQ(fed.last.reason, VerdictReason::proved_healthy);
}

TEST(SequentialBridge, SlowerRequestsAreFoundAtTheJudgedEdges) {
  JudgeConfig config = two_services();
  config.services[0].judged_edges = {1};
  Fed blind(two_services());
  Fed seeing(config);
  const ServiceCounts slow{.canary = arm(300, 3, 60), .baseline = arm(2700, 27, 54)};
  for (int i = 0; i < 6; ++i) {
    blind.see({slow, healthy});
    seeing.see({slow, healthy});
  }
  EXPECT_NE(blind.last.outcome, Outcome::fail);
  EXPECT_EQ(seeing.last.reason, VerdictReason::proved_worse);
  EXPECT_EQ(seeing.last.culprit, 0U);
  EXPECT_NE(sentence_of(seeing.last, config).find("api-server slow requests"), std::string::npos);
}

TEST(SequentialBridge, TheLimitsOfTheUserBecomeAbsoluteLimits) {
  JudgeConfig config = two_services();
  config.latency_max_seconds = 0.45;
  const SequentialConfig sequential = sequential_config_of(config);
  ASSERT_EQ(sequential.series.size(), 4U);  // errors and the edge of the limit, twice
  ASSERT_EQ(sequential.gates.size(), 4U);
  EXPECT_NEAR(sequential.gates[0].limit, 0.05, 1e-12);
  EXPECT_EQ(sequential.gates[1].series, 1U);
  EXPECT_NEAR(sequential.gates[1].limit, 0.05, 1e-12);  // p95
  EXPECT_EQ(sequential.series[1].kind, SeriesKind::latency_share);
  double weights = 0;
  for (const SeriesSettings& series : sequential.series) weights += series.weight;
  EXPECT_NEAR(weights, 1, 1e-12);
}

TEST(SequentialBridge, AMissedScrapeIsTwoIntervals) {
  Fed fed(two_services());
  fed.see({healthy, healthy}, Ask::tick, seconds(14));
  fed.see({healthy, healthy}, Ask::tick, seconds(31));
  EXPECT_EQ(fed.last.sequential->facts.intervals, 3U);
}

TEST(SequentialBridge, YoungPodsAreNoEvidence) {
  Judge judge = Judge::create(two_services()).value();
  const ServiceCounts cold{.canary = arm(100, 40, 0), .baseline = {}};
  Verdict verdict;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    verdict = judge.observe({.sequence = i,
                             .span = seconds(15),
                             .services = {healthy, healthy},
                             .young = {cold, cold},
                             .weight_ppm = 100'000});
  }
  EXPECT_NE(verdict.outcome, Outcome::fail);
}

TEST(SequentialBridge, AnImpossibleFrameIsRefusedAndSaidToBe) {
  Fed fed(two_services());
  fed.see({healthy, healthy});
  const ServiceCounts impossible{.canary = arm(1, 2), .baseline = {}};
  EXPECT_EQ(fed.see({healthy, impossible}).reason, VerdictReason::rejected_input);
  EXPECT_EQ(sentence_of(fed.last, two_services()),
            "the metric source brought impossible counts; they were ignored");
}

TEST(SequentialBridge, WhoOverrulesTheRuleSaysWhy) {
  Fed fed(two_services());
  fed.see({healthy, healthy}, Ask::step_end);
  ASSERT_EQ(fed.last.outcome, Outcome::pass);
  fed.last.outcome = Outcome::inconclusive;
  fed.last.reason = VerdictReason::no_canary_traffic;
  EXPECT_EQ(sentence_of(fed.last, two_services()),
            "api-server: no request reached the canary since the last check");
}

TEST(SequentialBridge, WhatTheRuleCannotJudgeIsRejected) {
  JudgeConfig edges = two_services();
  edges.services[0].judged_edges = {3};
  EXPECT_FALSE(Judge::create(edges).has_value());
  JudgeConfig alpha = two_services();
  alpha.sequential.alpha = 0.5;
  EXPECT_FALSE(Judge::create(alpha).has_value());
}

Frame frame_number(std::uint64_t number) {
  const std::uint64_t bad = number % 5 == 0 ? 9 : 3;
  const ServiceCounts odd{.canary = arm(300, bad, 6), .baseline = arm(2700, 27, 54)};
  return {.sequence = number,
          .span = seconds(15),
          .ask = number % 7 == 0 ? Ask::step_end : Ask::tick,
          .step_started = number == 9,
          .services = {healthy, odd},
          .weight_ppm = 100'000};
}

JudgeConfig with_latency() {
  JudgeConfig config = two_services();
  config.services[1].judged_edges = {0, 2};
  config.latency_max_seconds = 0.5;
  return config;
}

TEST(SequentialBridge, GoesOnAfterEveryFrameAsIfItHadNeverStopped) {
  Judge whole = Judge::create(with_latency()).value();
  Judge split = Judge::create(with_latency()).value();
  for (std::uint64_t i = 1; i <= 24; ++i) {
    const Verdict expected = whole.observe(frame_number(i));
    auto restored = Judge::restore(with_latency(), split.saved());
    ASSERT_TRUE(restored.has_value()) << restored.error().message;
    split = std::move(*restored);
    EXPECT_EQ(split.observe(frame_number(i)), expected) << i;
  }
  EXPECT_EQ(split.saved(), whole.saved());
}

TEST(SequentialBridge, AFrameThatIsInTheSavedEvidenceIsNotTakenTwice) {
  Judge judge = Judge::create(two_services()).value();
  for (std::uint64_t i = 1; i <= 3; ++i) static_cast<void>(judge.observe(frame_number(i)));
  const std::string saved = judge.saved();
  Judge next = Judge::restore(two_services(), saved).value();
  EXPECT_EQ(next.observe(frame_number(3)), judge.observe(frame_number(3)));
  EXPECT_EQ(next.observe(frame_number(4)), judge.observe(frame_number(4)));
}

TEST(SequentialBridge, SavedEvidenceIsRefusedWhenItIsNotItsOwn) {
  Judge judge = Judge::create(two_services()).value();
  static_cast<void>(judge.observe(frame_number(1)));
  const std::string saved = judge.saved();
  const auto refused = [](const JudgeConfig& config, const std::string& text) {
    const auto restored = Judge::restore(config, text);
    return !restored && restored.error().kind == ErrorKind::malformed;
  };
  EXPECT_TRUE(refused(two_services(), ""));
  EXPECT_TRUE(refused(two_services(), saved + "!"));
  EXPECT_TRUE(refused(two_services(), saved + saved));
  EXPECT_TRUE(refused(with_latency(), saved));
  JudgeConfig other = two_services();
  other.sequential.alpha = 0.02;
  EXPECT_TRUE(refused(other, saved));
  JudgeConfig threshold = two_services();
  threshold.rule = Rule::threshold;
  EXPECT_TRUE(refused(threshold, saved));
  for (std::size_t i = 0; i < saved.size(); i += 7) {
    std::string damaged = saved;
    damaged[i] = damaged[i] == 'B' ? 'C' : 'B';
    EXPECT_TRUE(refused(two_services(), damaged)) << i;
  }
}

TEST(SequentialBridge, TheThresholdRuleSavesNothing) {
  JudgeConfig config = two_services();
  config.rule = Rule::threshold;
  EXPECT_EQ(Judge::create(config)->saved(), "");
}

TEST(SequentialBridge, EachSeriesHasTheScatterThatWasLearnedForIt) {
  JudgeConfig config = with_latency();
  config.services[0].dispersion = {{.intervals = 1, .dispersion = 1.5}};
  config.services[1].edge_dispersion = {{.edge = 2, .points = {{.intervals = 1, .dispersion = 3}}}};
  const SequentialConfig sequential = sequential_config_of(config);
  // api-server errors, its limit's edge 1; coordinator-service errors, edges 0, 1 (limit) and 2.
  ASSERT_EQ(sequential.series.size(), 6U);
  EXPECT_EQ(sequential.series[0].dispersion.front().dispersion, 1.5);
  EXPECT_EQ(sequential.series[1].dispersion.front().dispersion, 1);
  EXPECT_EQ(sequential.series[2].dispersion.front().dispersion, 1);
  EXPECT_EQ(sequential.series[5].dispersion.front().dispersion, 3);
}

TEST(SequentialBridge, LatencyIsShownAsTheThresholdRuleShowsIt) {
  Fed fed(two_services());
  fed.see({healthy, healthy});
  EXPECT_TRUE(fed.last.facts[0].latency_seconds.has_value());
}

}  // namespace
}  // namespace kai::core
