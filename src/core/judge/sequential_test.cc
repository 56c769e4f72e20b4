#include "core/judge/sequential.h"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/mixture.h"
#include "tests/fakes/judge_run.h"

namespace kai::core {
namespace {

using fakes::counts;
using fakes::healthy;
using fakes::JudgeRun;
using fakes::one_series;

constexpr Counts three_points_worse{.n = 300, .x = 12, .m = 2700, .y = 27};

SequentialConfig with_limit(double limit) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = limit}};
  return config;
}

// --- proof against the pair ---

TEST(Sequential, TenPointsMoreAreProvedInThreeScrapes) {
  JudgeRun run(one_series());
  EXPECT_EQ(run.see({counts(300, 33, 2700, 27)}).outcome, Outcome::inconclusive);
  EXPECT_EQ(run.see({counts(300, 33, 2700, 27)}).outcome, Outcome::inconclusive);
  const SequentialVerdict verdict = run.see({counts(300, 33, 2700, 27)});
  EXPECT_EQ(verdict.reason, VerdictReason::proved_worse);
  EXPECT_EQ(verdict.outcome, Outcome::fail);
  EXPECT_EQ(verdict.facts.agreeing, 3U);
  EXPECT_EQ(verdict.facts.intervals, 3U);
  EXPECT_EQ(verdict.facts.requests, 900U);
  EXPECT_EQ(verdict.facts.bad, 99U);
  EXPECT_DOUBLE_EQ(verdict.facts.expected, 9.0);
}

TEST(Sequential, OneScrapeNeverProves) {
  JudgeRun run(one_series());
  run.see({counts(100'000, 100'000, 100'000, 0)}, {.ask = Ask::final});
  EXPECT_NE(run.last.outcome, Outcome::fail);
  EXPECT_LE(run.rule.evidence_of(0).worse, scrape_cap(proof_at(0.01), 1, 3));
}

TEST(Sequential, AForgivenBurstDoesNotHideALaterDefect) {
  JudgeRun run(one_series());
  run.see_times(8, {healthy});
  run.see({counts(300, 63, 2700, 27)});
  run.see_times(11, {healthy});
  ASSERT_NE(run.last.outcome, Outcome::fail);
  for (int scrapes = 1; scrapes <= 6; ++scrapes) {
    if (run.see({three_points_worse}).outcome == Outcome::fail) break;
  }
  EXPECT_EQ(run.last.reason, VerdictReason::proved_worse);
}

TEST(Sequential, ADifferenceInsideTheToleranceIsNamedAndNotRolledBack) {
  JudgeRun run(one_series());
  for (int i = 0; i < 200; ++i) run.see({counts(30'000, 330, 270'000, 2700)});
  EXPECT_EQ(run.last.outcome, Outcome::pass);  // tolerated, and inside the promise
  SequentialConfig narrow = one_series();
  narrow.series[0].promise = {.rho = 1, .delta = 0};
  JudgeRun watched(narrow);
  for (int i = 0; i < 200; ++i) watched.see({counts(30'000, 330, 270'000, 2700)});
  EXPECT_EQ(watched.last.reason, VerdictReason::worse_within_tolerance);
  EXPECT_EQ(watched.last.outcome, Outcome::inconclusive);
  EXPECT_GT(watched.last.ln_evidence, watched.last.ln_needed);
}

TEST(Sequential, StrictToleranceAsksForFullProofBeyondIt) {
  SequentialConfig config = one_series();
  config.strict_tolerance = true;
  JudgeRun strict(config);
  JudgeRun normal(one_series());
  while (normal.last.outcome != Outcome::fail) normal.see({counts(300, 7, 2700, 27)});
  while (strict.last.outcome != Outcome::fail) strict.see({counts(300, 7, 2700, 27)});
  EXPECT_EQ(strict.last.reason, VerdictReason::proved_beyond_tolerance);
  EXPECT_GT(strict.sequence, normal.sequence);
}

TEST(Sequential, AFailIsReturnedForEver) {
  JudgeRun run(one_series());
  const SequentialVerdict fail = run.see_times(10, {counts(300, 33, 2700, 27)});
  ASSERT_EQ(fail.outcome, Outcome::fail);
  const double evidence = run.rule.evidence_of(0).worse;
  EXPECT_EQ(run.see({healthy}), fail);
  EXPECT_EQ(run.see({counts(1, 2, 1, 0)}), fail);
  EXPECT_NE(run.rule.evidence_of(0).worse, evidence);
}

TEST(Sequential, ASmallSeriesAmongTenIsProvedInThreeScrapesToo) {
  SequentialConfig config;
  for (int i = 0; i < 10; ++i) config.series.push_back({.name = "errors", .weight = 0.1});
  JudgeRun run(config);
  std::vector<Counts> series(10, healthy);
  series[7] = counts(300, 60, 2700, 27);
  for (int i = 0; i < 3; ++i) run.see(series);
  EXPECT_EQ(run.last.reason, VerdictReason::proved_worse);
  EXPECT_EQ(run.last.culprit, 7U);
}

// Each of many series may bring so much in one scrape that two would do for all of them together.
TEST(Sequential, ManySeriesThatJumpTogetherNeedThreeScrapesToo) {
  for (const bool by_limit : {false, true}) {
    SequentialConfig config;
    config.panic = false;
    for (std::size_t i = 0; i < 100; ++i) {
      config.series.push_back({.name = "errors", .weight = 1.0 / 100});
      if (by_limit) config.series.back().tolerance = {.rho = 1, .delta = 0.9};
      if (by_limit) config.gates.push_back({.series = i, .limit = 0.05, .weight = 1.0 / 100});
    }
    JudgeRun run(config);
    run.see_times(8, std::vector<Counts>(100, healthy));
    const std::vector<Counts> burst(100, counts(300, 63, 2700, 27));
    run.see(burst);
    run.see(burst);
    ASSERT_NE(run.last.outcome, Outcome::fail) << by_limit;
    if (by_limit) {
      ASSERT_GT(run.rule.gate_evidence_of(0).bad, proof_at(0.01));
    } else {
      ASSERT_GT(run.rule.evidence_of(0).worse, proof_at(0.01));
    }
    EXPECT_EQ(run.see(burst).outcome, Outcome::fail) << by_limit;
  }
}

TEST(Sequential, ASeriesThatIsNotCriticalIsJudgedButNotPooled) {
  SequentialConfig config = one_series();
  config.series.push_back({.name = "extra", .critical = false});
  JudgeRun run(config);
  for (int i = 0; i < 20; ++i) run.see({healthy, counts(300, 200, 2700, 27)});
  EXPECT_NE(run.last.outcome, Outcome::fail);
  EXPECT_GT(run.rule.evidence_of(1).worse, proof_at(0.01));
}

// --- panic ---

TEST(Sequential, HalfOfAllRequestsBadIsAPanicAfterTwoScrapes) {
  JudgeRun run(one_series());
  run.see({counts(300, 150, 2700, 27)});
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
  run.see({counts(300, 150, 2700, 27)});
  EXPECT_EQ(run.last.reason, VerdictReason::panic);
  EXPECT_EQ(run.last.facts.bad, 300U);
}

TEST(Sequential, PanicNeedsHalfTwentyRequestsAndAHealthyBaseline) {
  const std::vector<std::pair<Counts, bool>> cases = {
      {counts(10, 5, 1000, 49), true},     {counts(9, 9, 1000, 10), false},
      {counts(300, 149, 2700, 27), false}, {counts(300, 300, 2700, 135), false},
      {counts(300, 300, 0, 0), false},
  };
  for (const auto& [frame, panics] : cases) {
    JudgeRun run(one_series());
    run.see({frame});
    run.see({frame});
    EXPECT_EQ(run.last.reason == VerdictReason::panic, panics) << frame.n << " " << frame.x;
  }
}

TEST(Sequential, PanicLooksAtErrorsOnly) {
  SequentialConfig config = one_series();
  config.series[0].kind = SeriesKind::latency_share;
  JudgeRun run(config);
  run.see({counts(300, 300, 2700, 27)});
  EXPECT_NE(run.see({counts(300, 300, 2700, 27)}).reason, VerdictReason::panic);
}

// --- absolute limits ---

TEST(Sequential, ALimitThatTheCanaryAloneBreaksIsProved) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};  // only the limit may fail it
  JudgeRun run(config);
  run.see_times(40, {counts(300, 60, 2700, 100)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_below_threshold);
  EXPECT_EQ(run.sequence, 3U);
}

TEST(Sequential, BothVersionsBeyondTheLimitIsNoRollback) {
  JudgeRun run(with_limit(0.05));
  run.see_times(40, {counts(300, 90, 2700, 810)});
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
  EXPECT_EQ(run.last.reason, VerdictReason::both_unhealthy);
  EXPECT_EQ(run.see({counts(300, 90, 2700, 810)}, {.ask = Ask::final}).reason,
            VerdictReason::both_unhealthy);
}

TEST(Sequential, BothVersionsBeyondTheLimitRollBackWhenTheUserWantsIt) {
  SequentialConfig config = with_limit(0.05);
  config.both_unhealthy_rollback = true;
  JudgeRun run(config);
  run.see_times(5, {healthy});
  EXPECT_EQ(run.see_times(6, {counts(300, 90, 2700, 810)}).reason,
            VerdictReason::both_unhealthy_rollback);
}

TEST(Sequential, AnEstimateBeyondTheLimitStaysAndFailsOnlyAtTheEnd) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun run(config);
  run.see_times(3, {counts(300, 19, 2700, 100)});
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);
  EXPECT_EQ(run.see({counts(300, 19, 2700, 100)}, {.ask = Ask::step_end}).reason,
            VerdictReason::below_threshold);
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
}

TEST(Sequential, ALimitNeedsNoBaseline) {
  SequentialConfig config = with_limit(0.05);
  JudgeRun run(config);
  run.see_times(10, {counts(300, 60, 0, 0)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_below_threshold);
}

TEST(Sequential, ExactlyTheLimitHolds) {
  JudgeRun at(with_limit(0.29));
  EXPECT_EQ(at.see({counts(100, 29, 900, 261)}, {.ask = Ask::step_end}).reason,
            VerdictReason::within_tolerance);
  JudgeRun above(with_limit(0.29));
  EXPECT_EQ(above.see({counts(100, 30, 900, 261)}).reason, VerdictReason::below_threshold);
}

TEST(Sequential, BothVersionsMustBeBeyondTheLimitInTheLastScrapes) {
  JudgeRun run(with_limit(0.05));
  run.see_times(3, {counts(300, 90, 2700, 810)});
  ASSERT_EQ(run.last.reason, VerdictReason::both_unhealthy);
  run.see_times(3, {counts(300, 3, 2700, 27)});
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);  // the analysis still is
}

TEST(Sequential, ALimitIsProvedOnlyWhileTheLastScrapesAreBeyondIt) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun run(config);
  run.see_times(2, {counts(300, 60, 2700, 100)});
  run.see({counts(30'000, 0, 2700, 100)});
  EXPECT_NE(run.last.outcome, Outcome::fail);
}

TEST(Sequential, ASickOldVersionHoldsTheProofAgainstTheLimitBack) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun run(config);
  run.see_times(10, {counts(300, 60, 2700, 200)});
  EXPECT_EQ(run.last.reason, VerdictReason::both_unhealthy);
}

TEST(Sequential, OfTwoWorseSeriesTheHeavierProofIsTheCulprit) {
  SequentialConfig config{.series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}},
                          .gates = {{.series = 0, .limit = 0.05, .weight = 0.5},
                                    {.series = 1, .limit = 0.05, .weight = 0.5}}};
  JudgeRun pair(config);
  while (pair.last.outcome != Outcome::fail)
    pair.see({counts(300, 8, 2700, 27), counts(300, 14, 2700, 27)});
  EXPECT_EQ(pair.last.reason, VerdictReason::proved_worse);
  EXPECT_EQ(pair.last.culprit, 1U);
  for (SeriesSettings& series : config.series) series.tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun limits(config);
  while (limits.last.outcome != Outcome::fail)
    limits.see({counts(300, 25, 2700, 27), counts(300, 50, 2700, 27)});
  EXPECT_EQ(limits.last.reason, VerdictReason::proved_below_threshold);
  EXPECT_EQ(limits.last.culprit, 1U);
}

TEST(Sequential, TheNumbersOfAProofAreThoseOfTheStartThatContributesMost) {
  JudgeRun run(one_series());
  run.see_times(20, {counts(3000, 30, 27'000, 270)});
  run.see({counts(3000, 90, 27'000, 270)}, {.step_started = true});
  run.see_times(6, {counts(3000, 90, 27'000, 270)});
  ASSERT_EQ(run.last.outcome, Outcome::fail);
  EXPECT_EQ(run.last.facts.requests, 3000 * (run.sequence - 20));
  EXPECT_EQ(run.last.facts.bad, 90 * (run.sequence - 20));
  EXPECT_NEAR(run.last.facts.expected, 30.0 * static_cast<double>(run.sequence - 20), 1e-9);
}

TEST(Sequential, TheEndIsCheckedFromFiftyRequestsOn) {
  for (const auto& [frame, fails] : std::vector<std::pair<Counts, bool>>{
           {counts(50, 8, 900, 9), true}, {counts(49, 8, 900, 9), false}}) {
    JudgeRun run(with_limit(0.05));
    EXPECT_EQ(run.see({frame}, {.ask = Ask::final}).reason,
              fails ? VerdictReason::threshold_check : VerdictReason::below_threshold);
  }
}

TEST(Sequential, ALimitIsLookedAtOverTheStepAndOverTheAnalysis) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  const auto reason_of = [&](const Counts& before, const Counts& in_step) {
    JudgeRun run(config);
    run.see({before});
    return run.see({in_step}, {.ask = Ask::step_end, .step_started = true}).reason;
  };
  const Counts many = counts(3000, 30, 27'000, 27), many_bad = counts(3000, 180, 27'000, 27);
  const Counts few = counts(100, 1, 900, 0), few_bad = counts(100, 6, 900, 0);
  EXPECT_EQ(reason_of(many, few), VerdictReason::within_tolerance);
  EXPECT_EQ(reason_of(many, few_bad), VerdictReason::below_threshold);  // the step
  EXPECT_EQ(reason_of(many_bad, few), VerdictReason::below_threshold);  // the analysis
}

TEST(Sequential, TheNumbersOfALimitAreThoseOfTheWholeAnalysis) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun run(config);
  run.see({counts(300, 60, 2700, 27)});
  run.see({counts(300, 60, 2700, 27)}, {.step_started = true});
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);
  EXPECT_EQ(run.last.facts.requests, 600U);
  run.see({counts(300, 60, 2700, 27)});
  ASSERT_EQ(run.last.reason, VerdictReason::proved_below_threshold);
  EXPECT_EQ(run.last.facts.requests, 900U);
  EXPECT_EQ(run.last.facts.baseline_bad, 81U);
}

TEST(Sequential, TheCheckAtTheEndIsAboutTheWholeAnalysis) {
  SequentialConfig config = with_limit(0.05);
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  JudgeRun run(config);
  run.see_times(20, {healthy});
  run.see({counts(300, 60, 2700, 27)});
  run.see({counts(300, 60, 2700, 27)}, {.ask = Ask::final});
  ASSERT_GT(run.rule.gate_evidence_of(0).bad, 0);
  EXPECT_NE(run.last.outcome, Outcome::fail);
}

TEST(Sequential, TheCheckAtTheEndComparesWithTheOldVersionToo) {
  SequentialConfig config = with_limit(0.05);
  config.persist = 2;
  JudgeRun run(config);
  run.see({counts(300, 30, 2700, 270)});  // both beyond the limit
  run.see({counts(300, 15, 2700, 27)});
  run.see({counts(300, 15, 2700, 27)}, {.ask = Ask::final});
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);
}

// --- proof of health, and what the caller asks ---

TEST(Sequential, AnIdenticalVersionIsProvedHealthy) {
  JudgeRun run(with_limit(0.05));
  int scrapes = 0;
  while (run.last.outcome != Outcome::pass && scrapes < 40) {
    run.see({healthy});
    ++scrapes;
  }
  EXPECT_EQ(run.last.reason, VerdictReason::proved_healthy);
  EXPECT_LE(scrapes, 10);
}

TEST(Sequential, ALimitThatIsNotProvedGoodHoldsTheProofOfHealthBack) {
  JudgeRun loose(with_limit(0.05));
  JudgeRun tight(with_limit(0.0101));
  EXPECT_EQ(loose.see_times(12, {healthy}).reason, VerdictReason::proved_healthy);
  EXPECT_NE(tight.see_times(12, {healthy}).reason, VerdictReason::proved_healthy);
}

TEST(Sequential, EarlierStepsDoNotVouchForThisOne) {
  JudgeRun run(one_series());
  run.see_times(20, {healthy});
  ASSERT_EQ(run.last.reason, VerdictReason::proved_healthy);
  run.see({counts(1500, 30, 1500, 15)}, {.step_started = true});
  EXPECT_NE(run.last.reason, VerdictReason::proved_healthy);
  EXPECT_LT(run.rule.evidence_of(0).healthy_step, 0);
}

TEST(Sequential, AStepEndsInsideTheToleranceWithFiftyRequestsInEachArm) {
  for (const auto& [frame, passes] :
       std::vector<std::pair<Counts, bool>>{{counts(50, 0, 50, 0), true},
                                            {counts(49, 0, 60, 0), false},
                                            {counts(60, 0, 49, 0), false}}) {
    JudgeRun run(one_series());
    const SequentialVerdict verdict = run.see({frame}, {.ask = Ask::step_end});
    EXPECT_EQ(verdict.reason,
              passes ? VerdictReason::within_tolerance : VerdictReason::too_few_requests);
  }
}

TEST(Sequential, ATickNeverPassesWithoutProof) {
  JudgeRun run(one_series());
  EXPECT_EQ(run.see({counts(60, 0, 60, 0)}).reason, VerdictReason::collecting);
  EXPECT_EQ(run.see({counts(60, 0, 60, 0)}, {.ask = Ask::final}).reason,
            VerdictReason::within_tolerance);
}

TEST(Sequential, AnEstimateOutsideTheToleranceDoesNotPass) {
  JudgeRun run(one_series());
  const SequentialVerdict verdict = run.see({counts(300, 5, 2700, 27)}, {.ask = Ask::final});
  EXPECT_EQ(verdict.reason, VerdictReason::outside_tolerance);
  EXPECT_EQ(verdict.outcome, Outcome::inconclusive);
}

TEST(Sequential, AStepIsNotExcusedByTheStepsBeforeIt) {
  JudgeRun run(one_series());
  run.see_times(20, {healthy});
  run.see({counts(300, 5, 2700, 27)}, {.ask = Ask::step_end, .step_started = true});
  EXPECT_EQ(run.last.reason, VerdictReason::outside_tolerance);
}

TEST(Sequential, TheStepsBeforeItAreNotExcusedByAStep) {
  JudgeRun run(one_series());
  run.see({counts(3000, 45, 27'000, 270)});
  run.see({healthy}, {.ask = Ask::step_end, .step_started = true});
  ASSERT_LT(run.rule.evidence_of(0).worse, proof_at(0.01));
  EXPECT_EQ(run.last.reason, VerdictReason::outside_tolerance);
}

TEST(Sequential, ASeriesThatIsNotCriticalHoldsNoPassBack) {
  SequentialConfig config = one_series();
  config.series.push_back({.name = "extra", .critical = false});
  JudgeRun few(config);
  EXPECT_EQ(few.see({healthy, counts(3, 0, 10, 0)}, {.ask = Ask::step_end}).outcome, Outcome::pass);
  JudgeRun outside(config);
  EXPECT_EQ(outside.see({healthy, counts(300, 20, 2700, 27)}, {.ask = Ask::step_end}).outcome,
            Outcome::pass);
  JudgeRun silent(config);
  silent.see({healthy, healthy});
  silent.see({healthy, counts(0, 0, 2700, 27)}, {.ask = Ask::step_end, .span = 8});
  EXPECT_EQ(silent.last.outcome, Outcome::pass);
  JudgeRun proved(config);
  proved.see_times(20, {healthy, counts(300, 20, 2700, 27)});
  EXPECT_EQ(proved.last.reason, VerdictReason::proved_healthy);
  EXPECT_GT(proved.last.ln_healthy, 0);
}

TEST(Sequential, ASeriesThatIsNotCriticalNeitherPanicsNorRecurs) {
  SequentialConfig config = one_series();
  config.series.push_back({.name = "extra", .critical = false});
  JudgeRun run(config);
  for (int i = 0; i < 20; ++i) run.see({healthy, i % 4 < 2 ? healthy : counts(300, 300, 2700, 27)});
  EXPECT_NE(run.last.outcome, Outcome::fail);
}

TEST(Sequential, AVerdictShowsTheWeakestProofOfHealthOfTheCriticalSeries) {
  SequentialConfig config{.series = {{.name = "a", .weight = 0.4},
                                     {.name = "b", .weight = 0.4},
                                     {.name = "restarts", .kind = SeriesKind::event, .weight = 0.2},
                                     {.name = "extra", .critical = false}}};
  JudgeRun run(config);
  run.see_times(4, {healthy, counts(300, 4, 2700, 27), counts(60, 2, 540, 0), counts(9, 2, 9, 0)});
  EXPECT_EQ(run.last.ln_healthy, run.rule.evidence_of(1).healthy);
  EXPECT_LT(run.rule.evidence_of(1).healthy, run.rule.evidence_of(0).healthy);
}

TEST(Sequential, AVerdictWithoutProofShowsTheWholeAnalysisOfTheStrongestSeries) {
  SequentialConfig config{.series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}}};
  JudgeRun run(config);
  run.see({healthy, counts(300, 4, 2700, 27)});
  run.see({healthy, counts(300, 4, 2700, 27)}, {.ask = Ask::step_end, .step_started = true});
  ASSERT_EQ(run.last.reason, VerdictReason::outside_tolerance);
  EXPECT_EQ(run.last.culprit, 1U);
  EXPECT_EQ(run.last.facts.requests, 600U);
  EXPECT_EQ(run.last.facts.bad, 8U);
  EXPECT_NEAR(run.last.facts.expected, 6, 1e-9);
}

TEST(Sequential, AnInsideVerdictNamesTheSeriesThatIsNearestToBeingWorse) {
  // `b` is nearer to being worse; neither is more likely than not beyond its tolerance.
  SequentialConfig config{.series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}}};
  JudgeRun run(config);
  run.see({counts(300, 0, 2700, 27), healthy});
  EXPECT_EQ(run.last.culprit, 1U);
  run.see_times(30, {counts(300, 0, 2700, 27), healthy});
  ASSERT_EQ(run.last.reason, VerdictReason::proved_healthy);
  EXPECT_EQ(run.last.culprit, 1U);
}

TEST(Sequential, ARestartingSidecarIsNoSilence) {
  const SequentialConfig config{.series = {{.name = "errors", .weight = 0.5},
                                           {.name = "restarts",
                                            .kind = SeriesKind::event,
                                            .weight = 0.5,
                                            .tolerance = {.rho = 1, .delta = 0}}}};
  JudgeRun run(config);
  run.see({healthy, counts(15, 0, 135, 0)});
  run.see({healthy, counts(0, 0, 1080, 0)}, {.span = 8});
  EXPECT_NE(run.last.reason, VerdictReason::no_canary_traffic);
  run.see({healthy, counts(120, 0, 0, 0)}, {.span = 8});
  EXPECT_NE(run.last.reason, VerdictReason::no_baseline_traffic);
}

TEST(Sequential, RequiredProofTurnsThePassAtTheEndIntoNoAnswer) {
  SequentialConfig config = one_series();
  config.require_proof = true;
  JudgeRun run(config);
  EXPECT_EQ(run.see({counts(60, 0, 60, 0)}, {.ask = Ask::step_end}).outcome, Outcome::pass);
  EXPECT_EQ(run.see({counts(60, 0, 60, 0)}, {.ask = Ask::final}).reason, VerdictReason::collecting);
}

// --- data that is missing, small or odd ---

TEST(Sequential, WithoutBothArmsItWarmsUp) {
  JudgeRun run(one_series());
  EXPECT_EQ(run.see({counts(0, 0, 2700, 27)}, {.ask = Ask::final}).reason,
            VerdictReason::warming_up);
  EXPECT_EQ(run.rule.evidence_of(0).worse, 0);
}

TEST(Sequential, ACanaryWithoutTrafficIsSaidToHaveNone) {
  JudgeRun run(one_series());
  run.see({healthy});
  run.see_times(7, {counts(0, 0, 3000, 30)});
  EXPECT_NE(run.last.reason, VerdictReason::no_canary_traffic);
  run.see({counts(0, 0, 3000, 30)});
  EXPECT_EQ(run.last.reason, VerdictReason::no_canary_traffic);
  EXPECT_EQ(run.last.facts.quiet_intervals, 8U);
  EXPECT_NEAR(run.last.facts.quiet_expected, 24'000 / 9.0, 1e-6);
}

TEST(Sequential, SilenceThatCouldBeChanceIsNotNamed) {
  for (const auto& [baseline, named] : {std::pair{179U, false}, std::pair{180U, true}}) {
    JudgeRun run(one_series());
    run.see({healthy});
    run.see({counts(0, 0, baseline, 0)}, {.span = 8});  // 1/9 of them expected: 20
    EXPECT_EQ(run.last.reason == VerdictReason::no_canary_traffic, named);
  }
}

TEST(Sequential, AtFullWeightSilenceNeedsNoExpectation) {
  JudgeRun run(one_series());
  run.see({healthy});
  run.see({counts(0, 0, 0, 0)}, {.span = 8, .weight_ppm = 1'000'000});
  EXPECT_EQ(run.last.reason, VerdictReason::no_canary_traffic);
}

TEST(Sequential, AtZeroWeightACanaryWithoutRequestsIsNormal) {
  JudgeRun run(one_series());
  run.see({healthy});
  run.see({counts(0, 0, 3000, 30)}, {.span = 9, .weight_ppm = 0});
  EXPECT_NE(run.last.reason, VerdictReason::no_canary_traffic);
}

TEST(Sequential, NoPassWhileTheCanaryIsSilent) {
  JudgeRun run(one_series());
  run.see_times(20, {healthy});
  ASSERT_EQ(run.last.outcome, Outcome::pass);
  run.see({counts(0, 0, 3000, 30)}, {.ask = Ask::final, .span = 8});
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
}

TEST(Sequential, YoungPodsAreTraffic) {
  JudgeRun run(one_series());
  for (int i = 0; i < 12; ++i) run.see({counts(0, 0, 3000, 30)}, {.young = {counts(300, 3, 0, 0)}});
  EXPECT_EQ(run.last.reason, VerdictReason::warming_up);
}

TEST(Sequential, YoungAndWarmPodsTogetherAreTrafficToo) {
  JudgeRun run(one_series());
  for (int i = 0; i < 9; ++i) run.see({counts(100, 1, 900, 9)}, {.young = {counts(100, 1, 0, 0)}});
  EXPECT_NE(run.last.reason, VerdictReason::no_canary_traffic);
}

TEST(Sequential, AFrameOfZerosChangesNoEvidenceAtADispersionOfOne) {
  JudgeRun run(one_series());
  run.see_times(2, {three_points_worse});
  const double before = run.rule.evidence_of(0).worse;
  run.see({counts(0, 0, 2700, 27)});
  EXPECT_NEAR(run.rule.evidence_of(0).worse, before, 1e-12);
}

TEST(Sequential, ImpossibleFramesAreRefusedAsAWhole) {
  SequentialConfig config = one_series();
  config.series.push_back({.name = "restarts", .kind = SeriesKind::event, .critical = false});
  const std::vector<std::function<void(JudgeRun&)>> impossible = {
      [](JudgeRun& run) { run.see({counts(10, 11, 10, 0), {}}); },
      [](JudgeRun& run) { run.see({counts(10, 0, 10, 11), {}}); },
      [](JudgeRun& run) { run.see({counts(std::uint64_t{1} << 53, 0, 10, 0), {}}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.span = 0}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.load_ratio = 0.99}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.load_ratio = INFINITY}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.load_ratio = NAN}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.weight_ppm = 1'000'001}); },
      [](JudgeRun& run) { run.see({healthy}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.young = {healthy}}); },
      [](JudgeRun& run) { run.see({healthy, {}}, {.young = {counts(1, 2, 0, 0), {}}}); },
  };
  for (std::size_t i = 0; i < impossible.size(); ++i) {
    JudgeRun run(config);
    impossible[i](run);
    EXPECT_EQ(run.last.reason, VerdictReason::rejected_input) << i;
    EXPECT_EQ(run.rule.estimate_of(0).requests, 0U) << i;
    run.sequence = 0;  // the refused frame consumed nothing, not even its number
    EXPECT_NE(run.see({healthy, counts(10, 30, 10, 0)}).reason, VerdictReason::rejected_input) << i;
    EXPECT_EQ(run.rule.estimate_of(0).requests, 300U) << i;
  }
}

TEST(Sequential, MoreEventsThanExposureAreLegal) {
  SequentialConfig config{
      .series = {
          {.name = "restarts", .kind = SeriesKind::event, .tolerance = {.rho = 1, .delta = 0}}}};
  JudgeRun run(config);
  EXPECT_NE(run.see({counts(15, 30, 135, 0)}).reason, VerdictReason::rejected_input);
  EXPECT_GT(run.rule.evidence_of(0).worse, 0);
}

TEST(Sequential, FourOfFiveValuesBeyondTheirLimitFail) {
  SequentialConfig config = one_series();
  config.values = {{.name = "queue", .limit = 10}};
  JudgeRun run(config);
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const double value : {11.0, 11.0, 10.0, none, 11.0}) {
    run.see({healthy}, {.values = {{.canary = value, .baseline = 1}}});
    EXPECT_NE(run.last.outcome, Outcome::fail);
  }
  run.see({healthy}, {.values = {{.canary = 11, .baseline = 1}}});
  EXPECT_EQ(run.last.reason, VerdictReason::value_breach);
}

TEST(Sequential, WhatCannotBeJudgedIsRejected) {
  const std::vector<std::function<void(SequentialConfig&)>> mistakes = {
      [](SequentialConfig& c) { c.alpha = 0; },
      [](SequentialConfig& c) { c.alpha = 0.21; },
      [](SequentialConfig& c) { c.beta = 0; },
      [](SequentialConfig& c) { c.alpha = NAN; },
      [](SequentialConfig& c) { c.persist = 1; },
      [](SequentialConfig& c) { c.persist = 13; },
      [](SequentialConfig& c) { c.planned_intervals = 0; },
      [](SequentialConfig& c) { c.interval = std::chrono::milliseconds(999); },
      [](SequentialConfig& c) { c.series.clear(); },
      [](SequentialConfig& c) { c.series[0].critical = false; },
      [](SequentialConfig& c) { c.series[0].weight = 0.9; },
      [](SequentialConfig& c) { c.series[0].tolerance.rho = 0.99; },
      [](SequentialConfig& c) { c.series[0].promise.delta = -0.1; },
      [](SequentialConfig& c) { c.series[0].dispersion.clear(); },
      [](SequentialConfig& c) { c.series[0].dispersion[0].dispersion = 0.9; },
      [](SequentialConfig& c) { c.gates[0].limit = 0.95; },
      [](SequentialConfig& c) { c.gates[0].series = 1; },
      [](SequentialConfig& c) { c.gates[0].weight = 0.5; },
  };
  ASSERT_TRUE(SequentialRule::create(with_limit(0.05)).has_value());
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    SequentialConfig config = with_limit(0.05);
    mistakes[i](config);
    const auto rule = SequentialRule::create(config);
    ASSERT_FALSE(rule.has_value()) << i;
    EXPECT_EQ(rule.error().kind, ErrorKind::rejected);
  }
}

}  // namespace
}  // namespace kai::core
