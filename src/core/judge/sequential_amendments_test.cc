// Inputs that an earlier form of the sequential rule got wrong. Each is a test for ever.
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"

namespace kai::core {
namespace {

using fakes::counts;
using fakes::healthy;
using fakes::JudgeRun;
using fakes::one_series;

// A tolerated difference (1.0 % against 0.91 %) must not hide another series.
TEST(SequentialAmendments, AToleratedDifferenceDoesNotHideAnotherSeries) {
  JudgeRun run({.planned_intervals = 400,
                .series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}}});
  const Counts tolerated = counts(7500, 82, 67'500, 675);
  for (int i = 0; i < 400; ++i) run.see({tolerated, healthy});
  ASSERT_NE(run.last.outcome, Outcome::fail);
  int scrapes = 0;
  while (run.last.outcome != Outcome::fail && scrapes < 7) {
    run.see({tolerated, counts(300, 12, 2700, 27)});
    ++scrapes;
  }
  EXPECT_EQ(run.last.reason, VerdictReason::proved_worse);
  EXPECT_EQ(run.last.culprit, 1U);
  EXPECT_LE(scrapes, 7);  // 105 s
}

// Scrapes agree on "beyond the tolerance", not on "worse": a tolerated difference that is long
// proved must not let one bad scrape roll back.
TEST(SequentialAmendments, AToleratedDifferenceLendsNoScrapesToABurst) {
  SequentialConfig config = one_series();
  config.panic = false;
  JudgeRun run(config);
  run.see_times(200, {counts(30'000, 330, 270'000, 2700)});
  ASSERT_GT(run.rule.evidence_of(0).worse, run.last.ln_needed);
  ASSERT_LT(run.rule.evidence_of(0).intolerable, 0);
  int bad = 0;
  while (run.rule.evidence_of(0).intolerable < 0 && bad < 40) {
    run.see({counts(30'000, 700, 270'000, 2700)});
    ++bad;
  }
  EXPECT_NE(run.last.outcome, Outcome::fail);
  run.see({counts(30'000, 700, 270'000, 2700)});
  EXPECT_NE(run.last.outcome, Outcome::fail);
  run.see({counts(30'000, 700, 270'000, 2700)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_worse);
}

TEST(SequentialAmendments, IntervalsWithoutTrafficDoNotAgeABurst) {
  JudgeRun run(one_series());
  for (int i = 0; i < 4; ++i) {
    run.see({counts(300, 300, 2700, 27)});
    run.see({healthy});
    for (int quiet = 0; quiet < 80; ++quiet)
      run.see({quiet % 2 == 0 ? counts(0, 0, 2700, 27) : counts(300, 3, 0, 0)});
  }
  EXPECT_EQ(run.last.reason, VerdictReason::recurring);
}

TEST(SequentialAmendments, AllRequestsFailingEveryOtherScrapeIsRecurring) {
  JudgeRun run(one_series());
  int scrapes = 0;
  while (run.last.outcome != Outcome::fail && scrapes < 40) {
    run.see({scrapes % 2 == 0 ? healthy : counts(300, 300, 2700, 27)});
    ++scrapes;
  }
  EXPECT_EQ(run.last.reason, VerdictReason::recurring);
  EXPECT_EQ(scrapes, 8);  // the fourth run
}

TEST(SequentialAmendments, FourRunsCountOnlyWithinAQuarterOfAnHour) {
  for (const auto& [period, recurs] : {std::pair{15, true}, std::pair{25, false}}) {
    JudgeRun run(one_series());
    for (int i = 0; i < 200 && run.last.outcome != Outcome::fail; ++i)
      run.see({i % period == 0 ? counts(300, 300, 2700, 27) : healthy});
    EXPECT_EQ(run.last.reason == VerdictReason::recurring, recurs) << period;
  }
}

TEST(SequentialAmendments, RecurringIsAboutTheAnalysisAndNotTheStep) {
  JudgeRun run(one_series());
  for (int i = 0; i < 3; ++i) {
    run.see({counts(300, 300, 2700, 27)});
    run.see({healthy});
  }
  run.see({counts(300, 0, 2700, 27)}, {.step_started = true});
  run.see_times(7, {counts(300, 0, 2700, 27)});
  run.see({counts(300, 15, 2700, 27)});  // 15 of 27 expected in this step
  EXPECT_EQ(run.last.reason, VerdictReason::recurring);
  EXPECT_EQ(run.last.facts.requests, 4500U);
}

TEST(SequentialAmendments, OneLongRunIsOneRun) {
  SequentialConfig config = one_series();
  config.persist = 12;
  config.panic = false;
  JudgeRun run(config);
  run.see_times(6, {counts(300, 60, 2700, 27)});
  EXPECT_NE(run.last.reason, VerdictReason::recurring);
}

TEST(SequentialAmendments, RecurringNeedsAnEstimateOutsideTheTolerance) {
  SequentialConfig config = one_series();
  config.series[0].tolerance = {.rho = 1, .delta = 0.2};
  JudgeRun run(config);
  for (int i = 0; i < 40; ++i) run.see({i % 5 == 0 ? counts(300, 40, 2700, 27) : healthy});
  EXPECT_NE(run.last.outcome, Outcome::fail);
}

TEST(SequentialAmendments, NoPassAgainstTheEvidence) {
  JudgeRun run(one_series());
  run.see_times(36, {healthy});
  ASSERT_EQ(run.last.reason, VerdictReason::proved_healthy);
  run.see({counts(300, 12, 2700, 27)});
  run.see({counts(300, 12, 2700, 27)}, {.ask = Ask::final});
  ASSERT_GT(run.rule.evidence_of(0).intolerable, 0);
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
  EXPECT_EQ(run.last.reason, VerdictReason::outside_tolerance);
}

TEST(SequentialAmendments, ProofOfHealthNeedsFiftyRequestsInTheStep) {
  JudgeRun run(one_series());
  run.see_times(36, {healthy});
  run.see({counts(49, 0, 2700, 27)}, {.step_started = true});
  EXPECT_EQ(run.last.reason, VerdictReason::too_few_requests);
  run.see({counts(1, 0, 10, 0)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_healthy);
}

TEST(SequentialAmendments, ProofOfHealthNeedsFiftyRequestsOfTheOldVersionToo) {
  for (const auto& [baseline, passes] : {std::pair{49U, false}, std::pair{50U, true}}) {
    JudgeRun run(one_series());
    run.see_times(36, {healthy});
    run.see({counts(300, 0, baseline, 0)}, {.step_started = true});
    EXPECT_EQ(run.last.reason == VerdictReason::proved_healthy, passes);
  }
}

TEST(SequentialAmendments, NoFailOnAHandful) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  run.see({counts(10, 1, 1000, 10)}, {.ask = Ask::final});
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
  JudgeRun enough(config);
  enough.see({counts(100, 12, 1000, 10)}, {.ask = Ask::final});
  EXPECT_EQ(enough.last.reason, VerdictReason::threshold_check);
}

TEST(SequentialAmendments, ALimitIsJudgedFromTheFirstCanaryRequestOn) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  run.see({counts(300, 3, 0, 0)});
  EXPECT_GT(run.rule.gate_evidence_of(0).good, 0);
  EXPECT_EQ(run.last.reason, VerdictReason::warming_up);
}

TEST(SequentialAmendments, IntervalsBeforeTheFirstCanaryRequestAreNoPartOfALimitsAnalysis) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun late(config), prompt(config);
  late.see_times(6, {counts(0, 0, 3000, 30)});
  for (int i = 0; i < 3; ++i) {
    late.see({counts(300, 20, 2700, 27)});
    prompt.see({counts(300, 20, 2700, 27)});
  }
  EXPECT_EQ(late.rule.gate_evidence_of(0).bad, prompt.rule.gate_evidence_of(0).bad);
  EXPECT_EQ(late.rule.gate_evidence_of(0).good, prompt.rule.gate_evidence_of(0).good);
}

TEST(SequentialAmendments, ARolloutThatBeginsAtFullWeightIsDecidedByItsLimits) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  run.see({counts(60, 1, 0, 0)}, {.ask = Ask::step_end, .weight_ppm = 1'000'000});
  EXPECT_EQ(run.last.reason, VerdictReason::within_tolerance);
}

TEST(SequentialAmendments, AMissingArmIsNamedBeforeTheWarmUp) {
  JudgeRun no_baseline(one_series());
  no_baseline.see_times(7, {counts(300, 3, 0, 0)});
  EXPECT_EQ(no_baseline.last.reason, VerdictReason::warming_up);
  no_baseline.see({counts(300, 3, 0, 0)});
  EXPECT_EQ(no_baseline.last.reason, VerdictReason::no_baseline_traffic);
  JudgeRun no_canary(one_series());
  no_canary.see_times(7, {counts(0, 0, 3000, 30)});
  EXPECT_EQ(no_canary.last.reason, VerdictReason::warming_up);
  no_canary.see({counts(0, 0, 3000, 30)});
  EXPECT_EQ(no_canary.last.reason, VerdictReason::no_canary_traffic);
}

TEST(SequentialAmendments, PanicOverYoungPodsNeedsThreeScrapes) {
  JudgeRun run(one_series());
  for (int i = 0; i < 2; ++i) {
    run.see({counts(0, 0, 2700, 27)}, {.young = {counts(300, 300, 0, 0)}});
    EXPECT_NE(run.last.outcome, Outcome::fail);
  }
  run.see({counts(0, 0, 2700, 27)}, {.young = {counts(300, 300, 0, 0)}});
  EXPECT_EQ(run.last.reason, VerdictReason::panic);
}

TEST(SequentialAmendments, OneYoungScrapeOfTheTwoIsEnoughToWaitForAThird) {
  for (const int young : {0, 1}) {
    JudgeRun run(one_series());
    for (int i = 0; i < 2; ++i) {
      if (i == young) {
        run.see({counts(0, 0, 2700, 27)}, {.young = {counts(300, 300, 0, 0)}});
      } else {
        run.see({counts(300, 300, 2700, 27)});
      }
    }
    EXPECT_NE(run.last.reason, VerdictReason::panic) << young;
  }
}

TEST(SequentialAmendments, PanicOfALightSeriesNeedsMore) {
  const Counts few = counts(10, 6, 270, 13);
  JudgeRun alone(one_series());
  alone.see_times(2, {few});
  const double evidence = alone.rule.evidence_of(0).panic;
  ASSERT_EQ(alone.last.reason, VerdictReason::panic);
  // ln(10/alpha + 1) + ln(1/v) on either side of what was seen.
  const double weight = std::exp(std::log(1001.0) - evidence);
  for (const auto& [part, panics] : {std::pair{weight * 1.01, true}, {weight * 0.99, false}}) {
    JudgeRun among(
        {.series = {{.name = "light", .weight = part}, {.name = "heavy", .weight = 1 - part}}});
    among.see_times(2, {few, healthy});
    EXPECT_EQ(among.last.reason == VerdictReason::panic, panics) << part;
  }
}

TEST(SequentialAmendments, AtFullWeightTheMissingBaselineIsNoObstacle) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  run.see_times(10, {healthy});
  run.see({counts(3000, 30, 0, 0)},
          {.ask = Ask::step_end, .step_started = true, .weight_ppm = 1'000'000});
  EXPECT_EQ(run.last.reason, VerdictReason::within_tolerance);
  JudgeRun half(config);
  half.see_times(10, {healthy});
  half.see({counts(3000, 30, 0, 0)},
           {.ask = Ask::step_end, .step_started = true, .weight_ppm = 500'000});
  EXPECT_EQ(half.last.reason, VerdictReason::too_few_requests);
}

TEST(SequentialAmendments, AtFullWeightALimitStillDecides) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  run.see_times(10, {healthy});
  JudgeRun::Options full{.step_started = true, .weight_ppm = 1'000'000};
  for (int i = 0; i < 12 && run.last.outcome != Outcome::fail; ++i) {
    run.see({counts(3000, 600, 0, 0)}, full);
    full.step_started = false;
  }
  EXPECT_EQ(run.last.reason, VerdictReason::proved_below_threshold);
}

TEST(SequentialAmendments, RestartsHoldTheProofOfHealthBack) {
  const SequentialConfig config{.series = {{.name = "errors", .weight = 0.5},
                                           {.name = "restarts",
                                            .kind = SeriesKind::event,
                                            .weight = 0.5,
                                            .tolerance = {.rho = 1, .delta = 0}}}};
  const Counts calm = counts(15, 0, 135, 0);
  JudgeRun steady(config);
  for (int i = 0; i < 15; ++i) steady.see({healthy, calm});
  EXPECT_EQ(steady.last.reason, VerdictReason::proved_healthy);
  JudgeRun restarting(config);
  for (int i = 0; i < 15; ++i) restarting.see({healthy, i == 5 ? counts(15, 1, 135, 0) : calm});
  EXPECT_NE(restarting.last.outcome, Outcome::pass);
  // Restarts of both versions: what counts is whether the canary has more, in this step.
  JudgeRun both(config);
  for (int i = 0; i < 15; ++i) both.see({healthy, i == 5 ? counts(15, 2, 135, 16) : calm});
  EXPECT_NE(both.last.outcome, Outcome::pass);
  both.see({healthy, calm}, {.step_started = true});
  EXPECT_EQ(both.last.reason, VerdictReason::proved_healthy);
}

TEST(SequentialAmendments, ALimitOnEventsIsRejected) {
  SequentialConfig config = one_series();
  config.series.push_back({.name = "restarts", .kind = SeriesKind::event, .critical = false});
  config.gates = {{.series = 1, .limit = 0.05}};
  EXPECT_FALSE(SequentialRule::create(config).has_value());
}

TEST(SequentialAmendments, ALimitLooksAtTheLastScrapesThatMustAgree) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  config.series[0].tolerance = {.rho = 1, .delta = 0.9};
  config.persist = 12;
  JudgeRun run(config);
  run.see_times(11, {counts(300, 60, 2700, 100)});
  EXPECT_NE(run.last.outcome, Outcome::fail);
  run.see({counts(300, 60, 2700, 100)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_below_threshold);
}

TEST(SequentialAmendments, LimitsAndPanicUseTheDispersionOfTheirSeries) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun calm(config);
  config.series[0].dispersion = {{.intervals = 1, .dispersion = 4}};
  JudgeRun rough(config);
  calm.see({counts(100, 70, 900, 9)});
  rough.see({counts(100, 70, 900, 9)});
  EXPECT_GT(calm.rule.evidence_of(0).panic, 2 * rough.rule.evidence_of(0).panic);
  calm.see_times(1, {healthy});
  rough.see_times(1, {healthy});
  EXPECT_NE(calm.rule.gate_evidence_of(0).bad, rough.rule.gate_evidence_of(0).bad);
}

}  // namespace
}  // namespace kai::core
