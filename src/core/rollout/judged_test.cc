// What a record keeps of a judge that looks at every interval, and how long such a judge may take.
#include <gtest/gtest.h>

#include "core/rollout/advance.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

Weight percent(int value) { return Weight::from_hundredths(value * 100); }

// In the second and last step, its time just over.
Record judged_sequentially() {
  Record record;
  record.rollout = "r1";
  record.epoch = 1;
  record.seq = 10;
  record.settled = false;
  record.start_revision = 1;
  record.plan.steps = {{percent(10), seconds(60)}, {percent(25), seconds(60)}};
  record.plan.timing.interval = seconds(2);
  record.plan.limits.judge = JudgeRule::sequential;
  record.stage = Stage::bake;
  record.step = 1;
  record.last_pass = StepPass{.step = 0};
  record.route_touched = record.exposed = true;
  record.authorised = percent(25);
  record.bake_credit = seconds(60);
  record.judged = {.evidence = "AAA", .frames = 7, .of_step = true};
  return record;
}

Observation seen_by(const Record& record, VerdictReason reason, Outcome outcome) {
  Observation seen{.elapsed = seconds(1), .credited = seconds(1), .durable = true};
  seen.route = RouteSeen{.state = RouteSeen::State::applied,
                         .attached = true,
                         .live = record.authorised,
                         .live_min = record.authorised};
  seen.workload = WorkloadSeen{};
  seen.workload->canary = {.wanted = 1, .ready = true, .carries = Weight::full()};
  seen.workload->canary_exists = true;
  seen.workload->stable = {.wanted = 4, .ready = true, .carries = Weight::full()};
  seen.release = ReleaseSeen{};
  seen.evidence.state = EvidenceSeen::State::fresh;
  seen.evidence.arms_apart = true;
  seen.evidence.verdict = Verdict{.outcome = outcome, .reason = reason};
  Judged judged = record.judged;
  judged.frames += 1;
  judged.evidence = "BBB";
  judged.of_step = true;
  judged.failed = outcome == Outcome::fail;
  seen.evidence.judged = judged;
  return seen;
}

TEST(Judged, WhatTheJudgeTookInIsInTheRecordAndIsNoDecision) {
  const Record record = judged_sequentially();
  const Record next =
      advance(record, seen_by(record, VerdictReason::collecting, Outcome::inconclusive));
  EXPECT_EQ(next.judged.frames, 8U);
  EXPECT_EQ(next.judged.evidence, "BBB");
  EXPECT_EQ(next.seq, record.seq);
}

TEST(Judged, AFailedVerdictHasItsOwnCode) {
  const Record record = judged_sequentially();
  const Record next = advance(record, seen_by(record, VerdictReason::proved_worse, Outcome::fail));
  EXPECT_EQ(next.phase, Phase::rolled_back);
  EXPECT_EQ(next.reason.code, "proved_worse");
}

TEST(Judged, TheEndOfTheLastStepIsTheFinalCheck) {
  Record record = judged_sequentially();
  EXPECT_EQ(wanted(record).ask, Ask::final);
  EXPECT_EQ(advance(record, seen_by(record, VerdictReason::within_tolerance, Outcome::pass)).phase,
            Phase::promoting);
  record.step = 0;
  record.last_pass.reset();
  EXPECT_EQ(wanted(record).ask, Ask::step_end);
  record.plan.limits.judge = JudgeRule::threshold;
  record.step = 1;
  EXPECT_EQ(wanted(record).ask, Ask::step_end);
}

TEST(Judged, APromotionRestsOnLiveFactsToo) {
  const Record record = judged_sequentially();
  Observation seen = seen_by(record, VerdictReason::proved_healthy, Outcome::pass);
  seen.release.reset();
  EXPECT_EQ(advance(record, seen).stage, Stage::bake);
}

TEST(Judged, WhatIsNotProvedGetsTheTimeOnceMore) {
  Record record = judged_sequentially();
  record.bake_credit = seconds(118);
  Observation seen = seen_by(record, VerdictReason::outside_tolerance, Outcome::inconclusive);
  seen.evidence.unproved = "NOT PROVED in 2m: 60 canary requests reveal nothing";
  EXPECT_EQ(advance(record, seen).phase, Phase::progressing);
  record.bake_credit = seconds(119);
  const Record next = advance(record, seen);
  EXPECT_EQ(next.phase, Phase::paused);
  EXPECT_EQ(next.reason.sentence,
            "NOT PROVED in 2m: 60 canary requests reveal nothing; paused by policy");
  record.plan.limits.judge = JudgeRule::threshold;
  record.bake_credit = seconds(63);
  EXPECT_EQ(advance(record, seen).phase, Phase::paused);
}

TEST(Judged, ARaisedWeightHasNoIntervalYet) {
  Record record = judged_sequentially();
  record.stage = Stage::size_up;
  record.authorised = percent(10);
  const Record next =
      advance(record, seen_by(record, VerdictReason::collecting, Outcome::inconclusive));
  EXPECT_EQ(next.authorised, percent(25));
  EXPECT_FALSE(next.judged.of_step);
  EXPECT_EQ(next.judged.frames, 8U);
}

TEST(Judged, WhoGoesOnAfterAFailureIsJudgedAnew) {
  Record record = judged_sequentially();
  record.plan.policy.on_fail = OnFail::freeze;
  record = advance(record, seen_by(record, VerdictReason::proved_worse, Outcome::fail));
  ASSERT_EQ(record.phase, Phase::paused);
  EXPECT_TRUE(record.judged.failed);
  Observation seen = seen_by(record, VerdictReason::proved_worse, Outcome::fail);
  seen.evidence.verdict.reset();
  seen.evidence.judged.reset();
  seen.commands = {{.id = "c1", .verb = Verb::resume, .who = "ann", .when = {}}};
  record = advance(record, seen);
  EXPECT_EQ(record.phase, Phase::progressing);
  EXPECT_EQ(record.judged, Judged{});
  EXPECT_EQ(record.reason.sentence, "resumed by ann; judged anew from here");
}

TEST(Judged, WhoGoesOnAfterAnyOtherPauseKeepsTheEvidence) {
  Record record = judged_sequentially();
  record.phase = Phase::paused;
  record.paused_from = Phase::progressing;
  record.paused_stage = Stage::bake;
  Observation seen = seen_by(record, VerdictReason::collecting, Outcome::inconclusive);
  seen.commands = {{.id = "c1", .verb = Verb::resume, .who = "ann", .when = {}}};
  record = advance(record, seen);
  EXPECT_EQ(record.judged.frames, 8U);
}

TEST(Judged, AnEndKeepsNoEvidence) {
  Record record = judged_sequentially();
  record.phase = Phase::rolled_back;
  record.end = End::failed_on_evidence;
  record.authorised = Weight::zero();
  record.stage = Stage::discard;
  Observation seen = seen_by(record, VerdictReason::collecting, Outcome::inconclusive);
  seen.evidence.judged.reset();
  seen.discarded = seen.evidence_kept = true;
  record = advance(record, seen);
  ASSERT_TRUE(is_over(record));
  EXPECT_EQ(record.judged, Judged{});
}

}  // namespace
}  // namespace kai::core
