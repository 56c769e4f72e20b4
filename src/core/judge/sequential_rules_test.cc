// Conditions of the sequential rule that no other test decides: each of these failed to be noticed
// when it was left out.
#include <cmath>
#include <cstdint>
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

constexpr Counts defect{.n = 300, .x = 30, .m = 2700, .y = 27};
constexpr Counts nobody{};

// A limit of 5 %; the pair itself decides nothing, whatever the canary does.
SequentialConfig one_limit() {
  SequentialConfig config = one_series();
  config.series[0].tolerance = {.rho = 50, .delta = 0.5};
  config.gates = {{.series = 0, .limit = 0.05}};
  config.panic = false;
  return config;
}

void see_all(JudgeRun& run, int times, const Counts& frame) {
  for (int i = 0; i < times; ++i) run.see({frame});
}

SequentialVerdict asked(JudgeRun& run, Ask ask, const Counts& frame) {
  return run.see({frame}, {.ask = ask});
}

TEST(SequentialRules, PanicThatIsSwitchedOffWaitsForTheThirdScrape) {
  SequentialConfig config = one_series();
  JudgeRun on(config);
  config.panic = false;
  JudgeRun off(config);
  const Counts all_fail = counts(300, 300, 2700, 27);
  EXPECT_EQ(on.see_times(2, {all_fail}).reason, VerdictReason::panic);
  EXPECT_EQ(off.see_times(2, {all_fail}).outcome, Outcome::inconclusive);
  EXPECT_EQ(off.see({all_fail}).reason, VerdictReason::proved_worse);
}

TEST(SequentialRules, PanicIsSaidBeforeAProofOfTheSameScrape) {
  JudgeRun run(one_series());
  run.see({defect});
  run.see({counts(300, 200, 2700, 27)});
  ASSERT_EQ(run.last.outcome, Outcome::inconclusive);
  run.see({counts(300, 200, 2700, 27)});
  EXPECT_GE(run.last.ln_evidence, run.last.ln_needed);
  EXPECT_EQ(run.last.reason, VerdictReason::panic);
}

TEST(SequentialRules, TheEvidenceIsTheWeightedSumOfTheSeries) {
  JudgeRun run({.series = {{.name = "a", .weight = 0.25}, {.name = "b", .weight = 0.75}}});
  run.see({defect, healthy});
  run.see({defect, healthy});
  const double sum = 0.25 * std::exp(run.rule.evidence_of(0).worse) +
                     0.75 * std::exp(run.rule.evidence_of(1).worse);
  EXPECT_NEAR(run.last.ln_evidence, std::log(sum), 1e-9);
}

TEST(SequentialRules, IntervalsWithoutBothVersionsNeitherAgreeNorDisagree) {
  JudgeRun run(one_series());
  run.see({defect});
  ASSERT_EQ(run.last.facts.agreeing, 1U);
  for (const Counts& frame : {nobody, counts(300, 3, 0, 0), counts(0, 0, 2700, 27), nobody})
    run.see({frame});
  EXPECT_EQ(run.last.facts.agreeing, 1U);
  run.see({defect});
  EXPECT_EQ(run.last.facts.agreeing, 2U);
}

TEST(SequentialRules, ASeriesThatIsNotCriticalLetsNothingAgree) {
  JudgeRun run({.series = {{.name = "errors"}, {.name = "searches", .critical = false}}});
  run.see({defect, defect});
  for (int i = 0; i < 4; ++i) run.see({nobody, defect});
  EXPECT_EQ(run.last.facts.agreeing, 1U);
}

// The evidence is 1 then, but for rounding, on either side of it.
TEST(SequentialRules, WhereNothingFailedNothingAgrees) {
  SequentialConfig config = one_series();
  config.series[0].tolerance = {.rho = 1, .delta = 0};
  JudgeRun run(config);
  for (std::uint64_t requests = 1; requests < 60; ++requests) {
    run.see({counts(requests, 0, 9 * requests, 0)});
    ASSERT_EQ(run.last.facts.agreeing, 0U) << requests;
  }
}

TEST(SequentialRules, AgreementBeginsAnewAfterADoubt) {
  JudgeRun run(one_series());
  run.see({defect});
  ASSERT_EQ(run.last.facts.agreeing, 1U);
  run.see_times(40, {counts(300, 0, 2700, 27)});
  EXPECT_EQ(run.last.facts.agreeing, 0U);
}

TEST(SequentialRules, ABreachThatIsOverRollsNothingBack) {
  JudgeRun run(one_limit());
  see_all(run, 12, counts(300, 30, 2700, 600));
  ASSERT_GT(run.rule.gate_evidence_of(0).bad, run.last.ln_needed);
  ASSERT_EQ(run.last.reason, VerdictReason::both_unhealthy);
  see_all(run, 3, counts(10, 0, 2700, 0));
  ASSERT_GT(run.rule.gate_evidence_of(0).bad, run.last.ln_needed);
  EXPECT_EQ(run.last.reason, VerdictReason::below_threshold);
}

TEST(SequentialRules, TheLastIntervalsAreAsManyAsMustAgree) {
  JudgeRun run(one_limit());
  see_all(run, 12, counts(300, 30, 2700, 270));
  run.see({counts(300, 30, 2700, 2000)});
  run.see({counts(100, 60, 2700, 0)});
  run.see({counts(10, 0, 2700, 0)});
  ASSERT_EQ(run.last.reason, VerdictReason::both_unhealthy);
  run.see({counts(10, 0, 2700, 0)});
  EXPECT_EQ(run.last.reason, VerdictReason::proved_below_threshold)
      << "the bad interval is the third last one";
}

TEST(SequentialRules, TheLastCheckFailsNoCanaryThatFailedWithTheOldVersion) {
  JudgeRun run(one_limit());
  see_all(run, 10, counts(300, 24, 2700, 600));
  see_all(run, 3, counts(10, 0, 2700, 27));
  ASSERT_GT(run.rule.gate_evidence_of(0).bad, 0);
  EXPECT_EQ(asked(run, Ask::final, counts(10, 0, 2700, 27)).reason, VerdictReason::below_threshold);
}

TEST(SequentialRules, TheLastCheckIsTheLastOnesAlone) {
  const Counts above = counts(300, 30, 2700, 54);
  JudgeRun run(one_limit());
  EXPECT_EQ(asked(run, Ask::step_end, above).reason, VerdictReason::below_threshold);
  EXPECT_EQ(asked(run, Ask::final, above).reason, VerdictReason::threshold_check);
}

TEST(SequentialRules, TheLastCheckHoldsWhileBothFail) {
  JudgeRun run(one_limit());
  see_all(run, 5, counts(300, 18, 27'000, 540));
  see_all(run, 2, counts(300, 60, 2700, 540));
  EXPECT_EQ(asked(run, Ask::final, counts(300, 60, 2700, 540)).reason,
            VerdictReason::both_unhealthy);
}

TEST(SequentialRules, AStepPassesByTheFactorOfTheTolerance) {
  JudgeRun run(one_series());
  EXPECT_EQ(asked(run, Ask::step_end, counts(300, 33, 2700, 270)).reason,
            VerdictReason::within_tolerance)
      << "11 % are 1.1 times 10 %";
}

TEST(SequentialRules, TooFewRequestsAreSaidBeforeWhatTheySeemToShow) {
  JudgeRun run(one_series());
  EXPECT_EQ(asked(run, Ask::step_end, counts(40, 4, 360, 4)).reason,
            VerdictReason::too_few_requests);
}

TEST(SequentialRules, AtFullWeightNobodyMissesTheOldVersion) {
  JudgeRun run(one_limit());
  constexpr std::uint32_t all = 1'000'000;
  for (int i = 0; i < 20; ++i) run.see({counts(300, 3, 0, 0)}, {.weight_ppm = all});
  run.see({counts(300, 3, 0, 0)}, {.ask = Ask::step_end, .weight_ppm = all});
  EXPECT_EQ(run.last.reason, VerdictReason::within_tolerance);
}

// Ten times the load shows in one interval the scatter of ten.
TEST(SequentialRules, ALoadThatIsLargerScattersAsALongerTimeWould) {
  SequentialConfig config = one_series();
  config.series[0].dispersion = {{.intervals = 1, .dispersion = 1},
                                 {.intervals = 40, .dispersion = 4}};
  const Counts worse = counts(300, 9, 2700, 27);
  JudgeRun usual(config);
  JudgeRun loaded(config);
  for (int i = 0; i < 4; ++i) {
    usual.see({worse});
    loaded.see({worse}, {.load_ratio = 10});
  }
  EXPECT_GT(usual.rule.evidence_of(0).worse, 0);
  EXPECT_LT(loaded.rule.evidence_of(0).worse, usual.rule.evidence_of(0).worse);
}

TEST(SequentialRules, PodsThatAreCountedAreNoVisitors) {
  JudgeRun run({.series = {{.name = "restarts", .kind = SeriesKind::event, .weight = 0.5},
                           {.name = "errors", .weight = 0.5}}});
  run.see({counts(2, 0, 0, 0), counts(0, 0, 2700, 27)});
  EXPECT_EQ(run.last.reason, VerdictReason::warming_up);
  EXPECT_EQ(run.last.culprit, 1U);
  EXPECT_EQ(run.last.facts.quiet_intervals, 1U);
}

TEST(SequentialRules, SilenceIsOfIntervalsInARow) {
  JudgeRun run(one_series());
  for (int i = 0; i < 40; ++i) {
    run.see({i % 7 == 0 ? healthy : counts(0, 0, 2700, 27)});
    ASSERT_NE(run.last.reason, VerdictReason::no_canary_traffic) << i;
  }
  run.see_times(8, {counts(0, 0, 2700, 27)});
  EXPECT_EQ(run.last.reason, VerdictReason::no_canary_traffic);
}

TEST(SequentialRules, HealthIsProvedByAllThatItsChanceOfErrorAsksFor) {
  const SequentialConfig config = one_series();
  JudgeRun run(config);
  double before = 0;
  for (int i = 0; i < 400 && run.last.outcome != Outcome::pass; ++i) {
    before = run.last.ln_healthy;
    run.see({healthy});
  }
  ASSERT_EQ(run.last.reason, VerdictReason::proved_healthy);
  EXPECT_GE(run.last.ln_healthy, std::log(1 / config.beta));
  EXPECT_LT(before, std::log(1 / config.beta));
}

TEST(SequentialRules, ThatNoPodRestartsProvesNoHealth) {
  JudgeRun run({.series = {{.name = "restarts", .kind = SeriesKind::event},
                           {.name = "errors", .critical = false}}});
  run.see_times(400, {counts(2, 0, 18, 0), healthy});
  EXPECT_EQ(run.last.outcome, Outcome::inconclusive);
}

TEST(SequentialRules, WhileBothFailNothingIsHealthy) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  JudgeRun run(config);
  see_all(run, 200, healthy);
  ASSERT_EQ(run.last.reason, VerdictReason::proved_healthy);
  see_all(run, 3, counts(300, 18, 2700, 162));
  ASSERT_GT(run.rule.gate_evidence_of(0).good, std::log(1 / config.beta));
  EXPECT_EQ(run.last.reason, VerdictReason::both_unhealthy);
}

}  // namespace
}  // namespace kai::core
