#include "core/judge/sequential_sentence.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/fakes/judge_run.h"

namespace kai::core {
namespace {

using fakes::counts;
using fakes::JudgeRun;
using std::chrono::minutes;
using std::chrono::seconds;

SequentialConfig checkout() {
  return {.series = {{.name = "checkout errors", .service = "checkout"}},
          .gates = {{.series = 0, .limit = 0.05}}};
}

std::string said(const JudgeRun& run) { return sentence_of(run.last, checkout()); }

TEST(SequentialSentence, ARollbackSaysWhatWasSeen) {
  JudgeRun run(checkout());
  run.see({counts(500, 20, 4500, 45)});
  run.see({counts(510, 21, 4500, 45)});
  run.see({counts(500, 21, 4500, 45)});
  EXPECT_EQ(said(run),
            "ROLLBACK after 45s: checkout errors 4.1% vs 1.0% on the old version (62 bad of 1510; "
            "15 expected; 3 scrapes agree). Chance of a false alarm: below 1 in 100.");
}

TEST(SequentialSentence, APanicSaysHowManyFail) {
  JudgeRun run(checkout());
  run.see_times(2, {counts(300, 261, 2700, 27)});
  EXPECT_EQ(said(run), "ROLLBACK after 30s: checkout fails 87% of requests (old version 1.0%).");
}

TEST(SequentialSentence, ABrokenLimitNamesIt) {
  SequentialVerdict verdict{.outcome = Outcome::fail,
                            .reason = VerdictReason::proved_below_threshold,
                            .facts = {.requests = 1504,
                                      .bad = 301,
                                      .baseline_requests = 1000,
                                      .baseline_bad = 19,
                                      .intervals = 4}};
  EXPECT_EQ(sentence_of(verdict, checkout()),
            "ROLLBACK after 60s: checkout success 79.9% is proved below 95% (301 bad of 1504; old "
            "version 98.1%).");
  verdict.reason = VerdictReason::threshold_check;
  verdict.facts.bad = 93;
  EXPECT_EQ(sentence_of(verdict, checkout()),
            "ROLLBACK at the end: checkout success 93.8% is below 95% (final check).");
}

TEST(SequentialSentence, GoingOnShowsTheEvidenceOfBothSides) {
  const SequentialVerdict verdict{
      .reason = VerdictReason::collecting,
      .ln_evidence = std::log(3.4),
      .ln_healthy = std::log(9.9),
      .facts = {.requests = 3900, .bad = 47, .expected = 39, .intervals = 13}};
  EXPECT_EQ(sentence_of(verdict, checkout()),
            "KEEP GOING 03:15: checkout errors 1.2% vs 1.0%, inside the tolerance (limit 1.2%). "
            "Evidence against 3 of 101, for 9 of 21.");
}

TEST(SequentialSentence, ProofOfHealthNamesThePromise) {
  JudgeRun run(checkout());
  run.see_times(40, {counts(300, 3, 2700, 27)});
  while (run.last.reason != VerdictReason::proved_healthy) run.see({counts(300, 3, 2700, 27)});
  EXPECT_EQ(said(run).substr(0, 11), "PASS after ");
  EXPECT_NE(said(run).find("checkout errors proved below 1.5x + 0.5pp of the old version ("),
            std::string::npos);
}

TEST(SequentialSentence, ADependencyIsNotTheRelease) {
  JudgeRun run(checkout());
  run.see_times(4, {counts(300, 93, 2700, 810)});
  EXPECT_EQ(said(run),
            "HOLD: both versions fail (canary 31%, old 30%): looks like a dependency, not your "
            "release.");
}

// What is left of it in the canary's own share is not the release either.
TEST(SequentialSentence, AfterADependencyTheOldVersionsShareIsNamedToo) {
  SequentialConfig config = checkout();
  config.persist = 3;
  JudgeRun run(config);
  run.see_times(2, {counts(300, 90, 2700, 810)});
  run.see_times(3, {counts(300, 0, 2700, 0)});
  EXPECT_EQ(said(run),
            "STAY: checkout success 88.0% is below 95%, not proved (180 bad of 1500; old version "
            "88.0%).");
}

TEST(SequentialSentence, ALimitOfLatencyIsNotToldAsOneOfSuccess) {
  SequentialConfig config = checkout();
  config.series[0].kind = SeriesKind::latency_share;
  config.series[0].name = "checkout slow requests";
  const auto said_of = [&](VerdictReason reason) {
    return sentence_of({.reason = reason,
                        .facts = {.requests = 1500,
                                  .bad = 450,
                                  .baseline_requests = 13'500,
                                  .baseline_bad = 135,
                                  .intervals = 4}},
                       config);
  };
  EXPECT_EQ(said_of(VerdictReason::proved_below_threshold),
            "ROLLBACK after 60s: checkout slow requests 30% are proved above 5% (450 bad of 1500; "
            "old version 1.0%).");
  EXPECT_EQ(said_of(VerdictReason::threshold_check),
            "ROLLBACK at the end: checkout slow requests 30% are above 5% (final check).");
  EXPECT_EQ(said_of(VerdictReason::below_threshold),
            "STAY: checkout slow requests 30% are above 5%, not proved (450 bad of 1500; old "
            "version 1.0%).");
  EXPECT_EQ(said_of(VerdictReason::both_unhealthy),
            "HOLD: both versions are slow (canary 30%, old 1.0%): looks like a dependency, not "
            "your release.");
}

TEST(SequentialSentence, SilenceSaysWhatShouldHaveCome) {
  JudgeRun run(checkout());
  run.see({counts(300, 3, 2700, 27)});
  run.see_times(8, {counts(0, 0, 270, 2)});
  EXPECT_EQ(said(run), "WAITING: no requests reach the canary (0 of about 240 expected in 2m).");
}

TEST(SequentialSentence, BeforeTheFirstPairYoungPodsAndAbsentVisitorsAreToldApart) {
  JudgeRun young(checkout());
  young.see({counts(0, 0, 2700, 27)}, {.young = {counts(300, 3, 0, 0)}});
  EXPECT_EQ(said(young),
            "WAITING: the pods warm up; no interval yet in which both versions were seen.");
  JudgeRun avoided(checkout());
  avoided.see({counts(0, 0, 100, 1)});
  EXPECT_EQ(said(avoided), "WAITING: no requests reach the canary (0 in 15s).");
  JudgeRun nobody(checkout());
  nobody.see_times(4, {counts(0, 0, 0, 0)});
  EXPECT_EQ(said(nobody),
            "WAITING: no requests reach the canary (0 in 60s), and none were counted on the old "
            "version.");
}

TEST(SequentialSentence, WhereNobodyComesTheOldVersionIsNotBlamed) {
  JudgeRun nobody(checkout());
  nobody.see({counts(300, 3, 2700, 27)});
  nobody.see_times(8, {counts(0, 0, 0, 0)});
  EXPECT_EQ(said(nobody), "WAITING: no requests reach either version (0 in 2m).");
  JudgeRun canary_alone(checkout());
  canary_alone.see({counts(300, 3, 2700, 27)});
  canary_alone.see_times(8, {counts(300, 3, 0, 0)});
  EXPECT_EQ(said(canary_alone),
            "WAITING: no requests reach the old version (2m): nothing to compare with.");
}

TEST(SequentialSentence, AToleratedDifferenceIsNamed) {
  const SequentialVerdict verdict{.reason = VerdictReason::worse_within_tolerance,
                                  .facts = {.requests = 100'000, .bad = 1100, .expected = 1000}};
  EXPECT_EQ(sentence_of(verdict, checkout()),
            "WORSE BUT TOLERATED: checkout errors 1.1% vs 1.0% is proved; your limit is 1.2%.");
}

TEST(SequentialSentence, AnEndWithoutProofSaysWhatCouldHaveBeenSeen) {
  const SequentialVerdict verdict{
      .facts = {.requests = 600, .bad = 6, .expected = 6, .intervals = 40}};
  EXPECT_EQ(not_proved(verdict, checkout(), 0.1, "paused"),
            "NOT PROVED in 10m: 600 canary requests can only reveal +2.8pp or worse; paused by "
            "policy.");
}

TEST(SequentialSentence, EveryReasonHasItsWords) {
  for (int i = 0; i <= static_cast<int>(VerdictReason::rejected_input); ++i) {
    SequentialConfig config = checkout();
    config.values = {{.name = "queue", .limit = 10}};
    const auto reason = static_cast<VerdictReason>(i);
    const bool foreign =
        reason <= VerdictReason::above_latency_limit || reason == VerdictReason::kayenta_score ||
        reason == VerdictReason::kayenta_ok || reason == VerdictReason::threshold_ok;
    EXPECT_EQ(sentence_of({.reason = reason}, config) == "no evidence yet", foreign) << i;
  }
}

TEST(SequentialSentence, SharesHaveTwoDigits) {
  for (const auto& [share, text] :
       std::vector<std::pair<double, std::string>>{{0, "0%"},
                                                   {0.041, "4.1%"},
                                                   {0.01, "1.0%"},
                                                   {0.87, "87%"},
                                                   {1, "100%"},
                                                   {0.00123, "0.12%"},
                                                   {0.0996, "10%"},
                                                   {0.00996, "1.0%"},
                                                   {0.000051, "0.0051%"}}) {
    EXPECT_EQ(bad_share_text(share), text);
  }
}

TEST(SequentialSentence, TimesAreShort) {
  EXPECT_EQ(time_text(seconds(45)), "45s");
  EXPECT_EQ(time_text(seconds(75)), "75s");
  EXPECT_EQ(time_text(minutes(10)), "10m");
  EXPECT_EQ(time_text(seconds(195)), "3m15s");
}

}  // namespace
}  // namespace kai::core
