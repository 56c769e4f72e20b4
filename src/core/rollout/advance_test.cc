#include "core/rollout/advance.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

Weight percent(int value) { return Weight::from_hundredths(value * 100); }

Record baking(Weight weight = percent(10)) {
  Record record;
  record.rollout = "r1";
  record.epoch = 1;
  record.seq = 10;
  record.settled = false;
  record.start_revision = 1;
  record.plan.steps = {{percent(10), seconds(10)}, {percent(25), seconds(10)}};
  record.plan.timing.interval = seconds(2);
  record.plan.timing.drain = seconds(3);
  record.plan.policy.unknown_budget = seconds(20);
  record.stage = Stage::bake;
  record.route_touched = record.exposed = true;
  record.authorised = weight;
  return record;
}

Verdict verdict_of(Outcome outcome) {
  return {.outcome = outcome,
          .reason = outcome == Outcome::fail ? VerdictReason::below_success_threshold
                                             : VerdictReason::threshold_ok};
}

// All is well: applied, ready, fresh evidence, one second later.
Observation well(const Record& record) {
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
  return seen;
}

Observation with(const Record& record, Outcome outcome) {
  Observation seen = well(record);
  seen.evidence.verdict = verdict_of(outcome);
  return seen;
}

TEST(Advance, AFailedVerdictRollsBackAtOnce) {
  const Record next = advance(baking(), with(baking(), Outcome::fail));
  EXPECT_EQ(next.phase, Phase::rolled_back);
  EXPECT_EQ(next.end, End::failed_on_evidence);
  EXPECT_TRUE(next.authorised.is_zero());
  EXPECT_EQ(wanted(next).weight, Weight::zero());
}

// What the world only confirms is looked at anew by whoever takes over, so the store need not know:
// a save for it would be a write that nothing rests on.
TEST(Advance, WhatIsOnlyConfirmedIsNoDecision) {
  struct Row {
    Phase phase;
    Stage from;
    Stage to;
    Weight authorised;
  };
  for (const Row& row : std::vector<Row>{
           {Phase::progressing, Stage::attach, Stage::measure, Weight::zero()},
           {Phase::progressing, Stage::weigh, Stage::bake, percent(10)},
           {Phase::promoting, Stage::give_back, Stage::give_back, Weight::zero()},
           {Phase::rolled_back, Stage::zero, Stage::drain, Weight::zero()},
       }) {
    Record record = baking(row.authorised);
    record.phase = row.phase;
    record.stage = row.from;
    record.in_stage = seconds(2);
    const Record next = advance(record, well(record));
    EXPECT_EQ(next.stage, row.to) << name_of(row.from);
    EXPECT_EQ(next.in_stage, Duration::zero()) << name_of(row.from);
    EXPECT_EQ(next.seq, record.seq) << name_of(row.from);
  }
}

TEST(Advance, WhatIsDecidedInTheSameMomentIsOne) {
  Record record = baking();
  record.stage = Stage::weigh;
  Observation seen = well(record);
  seen.commands = {{.id = "c1", .verb = Verb::promote, .who = "ann", .when = {}}};
  EXPECT_EQ(advance(record, seen).seq, record.seq + 1) << "an obeyed command is saved";
  record.stage = Stage::measure;
  record.authorised = Weight::zero();
  EXPECT_EQ(advance(record, well(record)).seq, record.seq + 1) << "so is a raise";
}

TEST(Advance, FreezeKeepsTheWeightAndWaitsForAPerson) {
  Record record = baking();
  record.plan.policy.on_fail = OnFail::freeze;
  const Record next = advance(record, with(record, Outcome::fail));
  EXPECT_EQ(next.phase, Phase::paused);
  EXPECT_EQ(next.authorised, percent(10));
  EXPECT_EQ(exit_code_of(next), 11);
}

TEST(Advance, AnInconclusiveVerdictNeitherPassesNorFails) {
  Record record = baking();
  record.bake_credit = seconds(10);
  const Record next = advance(record, with(record, Outcome::inconclusive));
  EXPECT_EQ(next.phase, Phase::progressing);
  EXPECT_EQ(next.step, 0u);
}

TEST(Advance, AStepIsNotProvedByInconclusiveChecksAndNotByTimeAlone) {
  Record record = baking();
  record.bake_credit = seconds(20);
  EXPECT_EQ(advance(record, well(record)).phase, Phase::progressing);
  const Record next = advance(record, with(record, Outcome::inconclusive));
  EXPECT_EQ(next.phase, Phase::paused);
  EXPECT_EQ(next.reason.code, "not_proved");
}

TEST(Advance, ANewOwnerHasTheLastChecksOfAStepBeforeIt) {
  Record record = baking();
  record.bake_credit = seconds(13);
  record = taken_over(record);
  EXPECT_EQ(record.bake_credit, seconds(10));
  EXPECT_EQ(advance(record, with(record, Outcome::inconclusive)).phase, Phase::progressing);
  EXPECT_EQ(advance(record, with(record, Outcome::pass)).step, 1u);
}

TEST(Advance, APassBeforeTheBakeTimeIsOverMovesNothing) {
  EXPECT_EQ(advance(baking(), with(baking(), Outcome::pass)).stage, Stage::bake);
}

TEST(Advance, APassAfterTheBakeTimeGoesToTheNextStepAtTheOldWeight) {
  Record record = baking();
  record.bake_credit = seconds(10);
  const Record next = advance(record, with(record, Outcome::pass));
  EXPECT_EQ(next.step, 1u);
  EXPECT_EQ(next.stage, Stage::size_up);
  EXPECT_EQ(next.authorised, percent(10));
}

TEST(Advance, ARaiseWaitsUntilThePassIsSaved) {
  Record record = baking();
  record.step = 1;
  record.stage = Stage::size_up;
  record.last_pass = StepPass{.step = 0};
  Observation seen = well(record);
  seen.durable = false;
  EXPECT_EQ(advance(record, seen).authorised, percent(10));
  seen.durable = true;
  EXPECT_EQ(advance(record, seen).authorised, percent(25));
}

TEST(Advance, ARaiseThatCannotBeSavedIsTakenBackAndDecidedAnew) {
  Record record = baking(percent(25));
  record.step = 1;
  record.stage = Stage::weigh;
  record.last_pass = StepPass{.step = 0};
  Observation seen = well(record);
  seen.route->live = seen.route->live_min = percent(10);
  for (int i = 0; i < 6; ++i) record = advance(record, seen);
  EXPECT_EQ(record.authorised, percent(25)) << "saved: its write is on the way";
  seen.durable = false;
  record = advance(record, seen);
  EXPECT_EQ(record.authorised, percent(10));
  EXPECT_EQ(record.stage, Stage::size_up);
  seen.durable = true;
  EXPECT_EQ(advance(record, seen).authorised, percent(25));
}

TEST(Advance, ARaiseRestsOnLiveFactsOnly) {
  Record record = baking();
  record.step = 1;
  record.stage = Stage::size_up;
  record.last_pass = StepPass{.step = 0};
  const auto stays = [&](auto change) {
    Observation seen = well(record);
    change(seen);
    return advance(record, seen).authorised == percent(10);
  };
  EXPECT_TRUE(stays([](Observation& seen) { seen.route.reset(); }));
  EXPECT_TRUE(stays([](Observation& seen) { seen.workload.reset(); }));
  EXPECT_TRUE(stays([](Observation& seen) { seen.release.reset(); }));
  EXPECT_TRUE(stays([](Observation& seen) { seen.route->foreign = true; }));
  EXPECT_TRUE(stays([](Observation& seen) { seen.workload->canary.ready = false; }));
}

TEST(Advance, APassThatGotOldWhilePodsStartedRaisesNothingBlindly) {
  Record record = baking();
  record.step = 1;
  record.stage = Stage::size_up;
  record.last_pass = StepPass{.step = 0};
  Observation blind = well(record);
  for (const auto state : {EvidenceSeen::State::none, EvidenceSeen::State::no_data,
                           EvidenceSeen::State::unavailable}) {
    blind.evidence.state = state;
    EXPECT_EQ(advance(record, blind).authorised, percent(10));
  }
  for (int i = 0; i < 25 && record.phase == Phase::progressing; ++i)
    record = advance(record, blind);
  EXPECT_EQ(record.reason.code, "unknown_budget_spent");
}

TEST(Advance, PodsThatCannotBeLookedAtAreNotLate) {
  Record record = baking(Weight::zero());
  record.stage = Stage::bring_up;
  record.in_stage = record.plan.timing.ready_within;
  Observation seen = well(record);
  seen.workload.reset();
  EXPECT_EQ(advance(record, seen).phase, Phase::progressing);
  seen.workload = WorkloadSeen{};
  EXPECT_EQ(advance(record, seen).reason.code, "not_ready");
}

TEST(Advance, APromotionRestsOnLiveFactsOnly) {
  Record record = baking(percent(25));
  record.step = 1;
  record.bake_credit = seconds(10);
  record.final_requested = true;
  EXPECT_EQ(advance(record, with(record, Outcome::pass)).phase, Phase::promoting);
  const auto waits = [&](auto change) {
    Observation seen = with(record, Outcome::pass);
    change(seen);
    return advance(record, seen).phase == Phase::progressing;
  };
  EXPECT_TRUE(waits([](Observation& seen) { seen.route.reset(); }));
  EXPECT_TRUE(waits([](Observation& seen) { seen.workload.reset(); }));
  EXPECT_TRUE(waits([](Observation& seen) { seen.release.reset(); }));
}

TEST(Advance, OnlyFreshAnswersEarnBakeTime) {
  for (const auto state : {EvidenceSeen::State::none, EvidenceSeen::State::no_data,
                           EvidenceSeen::State::unavailable}) {
    Observation seen = well(baking());
    seen.evidence.state = state;
    EXPECT_EQ(advance(baking(), seen).bake_credit, Duration::zero());
  }
  EXPECT_EQ(advance(baking(), well(baking())).bake_credit, seconds(1));
}

TEST(Advance, TimeUnderAnotherWeightEarnsNothing) {
  Observation seen = well(baking());
  seen.route->state = RouteSeen::State::pending;
  EXPECT_EQ(advance(baking(), seen).bake_credit, Duration::zero());
}

TEST(Advance, TheBudgetForTheUnknownPausesAtTheFirstWeight) {
  Record record = baking(percent(25));
  record.step = 1;
  Observation seen = well(record);
  seen.evidence.state = EvidenceSeen::State::unavailable;
  for (int i = 0; i < 25 && record.phase == Phase::progressing; ++i) record = advance(record, seen);
  EXPECT_EQ(record.phase, Phase::paused);
  EXPECT_EQ(record.reason.code, "unknown_budget_spent");
  EXPECT_EQ(record.authorised, percent(10));
}

TEST(Advance, ABrakeOnOneOfSeveralBindingsIsRespected) {
  Observation seen = well(baking());
  seen.route->foreign = true;
  seen.route->live_min = percent(5);
  seen.route->who = "kubectl";
  const Record next = advance(baking(), seen);
  EXPECT_EQ(next.phase, Phase::paused);
  EXPECT_EQ(next.authorised, percent(5));
  EXPECT_NE(next.reason.sentence.find("kubectl"), std::string::npos);
}

TEST(Advance, ABrakeIsRespectedInAPauseToo) {
  Record record = baking();
  record.phase = Phase::paused;
  record.paused_stage = Stage::bake;
  Observation seen = well(record);
  seen.route->foreign = true;
  seen.route->live = seen.route->live_min = percent(1);
  const Record next = advance(record, seen);
  EXPECT_EQ(next.authorised, percent(1));
  EXPECT_EQ(next.reason.code, "brake");
  EXPECT_EQ(wanted(next).weight, percent(1));
}

TEST(Advance, ANewOwnerKnowsABrakeByTheStampBelowIt) {
  Record record = baking();
  record.route_stamp = Stamp{.rollout = "r1", .epoch = 1, .seq = 9};
  Observation seen = well(record);
  seen.route->live = seen.route->live_min = percent(1);
  seen.route->stamp = Stamp{.rollout = "r1", .epoch = 1, .seq = 8};
  EXPECT_EQ(advance(record, seen).phase, Phase::progressing) << "our write has not landed yet";
  seen.route->stamp = record.route_stamp;
  EXPECT_EQ(advance(record, seen).authorised, percent(1));
  EXPECT_EQ(advance(record, seen).reason.code, "brake");
}

TEST(Advance, AWeightRaisedByHandDecidesNothing) {
  Observation seen = well(baking());
  seen.route->foreign = true;
  seen.route->live = percent(90);
  const Record next = advance(baking(), seen);
  EXPECT_EQ(next.phase, Phase::progressing);
  EXPECT_EQ(next.authorised, percent(10));
  EXPECT_EQ(wanted(next).weight, percent(10));
}

TEST(Advance, TooFewReadyPodsMeanWeightZeroAndNoCreditForTheGap) {
  Record record = baking();
  record.bake_credit = seconds(7);
  Observation seen = well(record);
  seen.workload->canary.any_service_empty = true;
  const Record next = advance(record, seen);
  EXPECT_TRUE(next.authorised.is_zero());
  EXPECT_EQ(next.stage, Stage::size_up);
  EXPECT_EQ(next.bake_credit, Duration::zero());
}

TEST(Advance, AnAbortWinsOverAPassInTheSameTick) {
  Record record = baking();
  record.bake_credit = seconds(10);
  Observation seen = with(record, Outcome::pass);
  seen.commands = {{.id = "c1", .verb = Verb::promote, .who = "ann"},
                   {.id = "c2", .verb = Verb::abort, .who = "bob"}};
  const Record next = advance(record, seen);
  EXPECT_EQ(next.end, End::aborted);
  EXPECT_EQ(next.reason.sentence, "aborted by bob");
}

TEST(Advance, AnAbortWinsOverAPromotionThatIsNotSavedYet) {
  Record record = baking();
  record.phase = Phase::promoted;
  record.stage = Stage::discard;
  record.end = End::promoted;
  record.authorised = Weight::zero();
  Observation seen = well(record);
  seen.commands = {{.id = "c1", .verb = Verb::abort, .who = "bob"}};
  EXPECT_EQ(advance(record, seen).phase, Phase::promoted) << "that one is durable";
  seen.durable = false;
  const Record next = advance(record, seen);
  EXPECT_EQ(next.phase, Phase::promoting);
  EXPECT_EQ(next.stage, Stage::revert);
  EXPECT_EQ(next.end, End::aborted);
}

TEST(Advance, PromoteJumpsToTheFinalCheckAndNotOverIt) {
  Observation seen = well(baking());
  seen.commands = {{.id = "c1", .verb = Verb::promote, .who = "ann"}};
  const Record asked = advance(baking(), seen);
  EXPECT_EQ(asked.phase, Phase::progressing);
  EXPECT_EQ(wanted(asked).ask, Ask::final);
  EXPECT_EQ(advance(asked, with(asked, Outcome::inconclusive)).phase, Phase::progressing);
  EXPECT_EQ(advance(asked, with(asked, Outcome::fail)).phase, Phase::rolled_back);
  Observation blind = with(asked, Outcome::pass);
  blind.workload.reset();
  const Record next = advance(advance(asked, blind), with(asked, Outcome::pass));
  EXPECT_EQ(next.phase, Phase::promoting);
  EXPECT_NE(next.reason.sentence.find("ann"), std::string::npos);
}

TEST(Advance, AStepThatAPolicyPassedSaysSo) {
  Record record = baking();
  record.plan.policy.on_inconclusive = OnInconclusive::promote;
  record.bake_credit = seconds(20);
  const Record next = advance(record, with(record, Outcome::inconclusive));
  EXPECT_EQ(next.step, 1u);
  EXPECT_EQ(next.reason.code, "not_proved");
  EXPECT_NE(next.reason.sentence.find("onInconclusive"), std::string::npos);
}

TEST(Advance, ACommandIsObeyedOnce) {
  Observation seen = well(baking());
  seen.commands = {{.id = "c1", .verb = Verb::pause, .who = "ann"}};
  const Record paused = advance(baking(), seen);
  EXPECT_EQ(paused.phase, Phase::paused);
  Observation resume = well(paused);
  resume.commands = {{.id = "c2", .verb = Verb::resume, .who = "ann"}};
  const Record resumed = advance(paused, resume);
  EXPECT_EQ(resumed.phase, Phase::progressing);
  EXPECT_EQ(advance(resumed, seen).phase, Phase::progressing);
}

TEST(Advance, ANewerLoweringOfAnEarlierOwnerIsAdopted) {
  Observation seen = well(baking());
  seen.route->live = seen.route->live_min = Weight::zero();
  seen.route->stamp = Stamp{.rollout = "r1", .epoch = 1, .seq = 99, .down = true};
  EXPECT_EQ(advance(baking(), seen).phase, Phase::rolled_back);
}

TEST(Advance, RolledBackIsSettledOnlyWhenZeroDrainedRestoredAndDiscarded) {
  Record record = advance(baking(), with(baking(), Outcome::fail));
  Observation seen = well(record);
  for (const Stage stage : {Stage::drain, Stage::drain, Stage::drain, Stage::restore}) {
    record = advance(record, seen);
    EXPECT_EQ(record.stage, stage);
    EXPECT_FALSE(is_over(record));
  }
  seen.restored = true;
  record = advance(record, seen);
  EXPECT_EQ(record.stage, Stage::discard);
  seen.discarded = true;
  record = advance(record, seen);
  EXPECT_TRUE(is_over(record));
  EXPECT_EQ(exit_code_of(record), 10);
}

TEST(Advance, RequestsInFlightHaveTheirTimeFromAppliedZeroOn) {
  Record record = baking();
  record.phase = Phase::promoting;
  record.stage = Stage::give_back;
  record.authorised = Weight::zero();
  Observation slow = well(record);
  slow.route->state = RouteSeen::State::pending;
  for (int i = 0; i < 10; ++i) record = advance(record, slow);
  const Observation seen = well(record);
  for (int i = 0; i < 3; ++i) {
    record = advance(record, seen);
    EXPECT_EQ(record.stage, Stage::give_back);
  }
  EXPECT_EQ(advance(record, seen).stage, Stage::detach);
}

Record promoting(Stage stage) {
  Record record = baking(Weight::zero());
  record.phase = Phase::promoting;
  record.stage = stage;
  return record;
}

TEST(Advance, ARouteThatIsDeletedHoldsUpNothing) {
  for (const Stage stage : {Stage::give_back, Stage::detach}) {
    const Record record = promoting(stage);
    Observation seen = well(record);
    seen.route->state = RouteSeen::State::gone;
    EXPECT_EQ(advance(record, seen).reason.code, "route_gone") << name_of(stage);
  }
  Record record = promoting(Stage::drain);
  record.phase = Phase::rolled_back;
  record.in_stage = record.plan.timing.drain;
  Observation seen = well(record);
  seen.route->state = RouteSeen::State::gone;
  EXPECT_EQ(advance(record, seen).stage, Stage::restore);
}

TEST(Advance, AnUpgradeThatCannotBeLookedAtIsNotTakenBack) {
  Record record = promoting(Stage::final_bake);
  record.in_stage = record.plan.timing.final_bake + record.plan.timing.ready_within;
  Observation seen = well(record);
  seen.workload->stable.ready = false;
  EXPECT_EQ(advance(record, seen).stage, Stage::revert);
  seen.workload.reset();
  EXPECT_EQ(advance(record, seen).reason.code, "cannot_look");
}

TEST(Advance, ARevertThatIsResumedKeepsItsEnd) {
  Record record = promoting(Stage::revert);
  record.end = End::promotion_failed;
  record.in_stage = std::chrono::hours(1);
  Observation seen = well(record);
  seen.workload->stable.ready = false;
  record = advance(record, seen);
  EXPECT_EQ(record.reason.code, "stable_not_restored");
  EXPECT_EQ(exit_code_of(record), 64);
  seen = well(record);
  seen.commands = {{.id = "c1", .verb = Verb::resume, .who = "ann"}};
  record = advance(record, seen);
  seen.commands.clear();
  record = advance(record, seen);
  seen.discarded = true;
  EXPECT_EQ(exit_code_of(advance(record, seen)), 13);
}

TEST(Advance, AnEntryThatCarriesWeightAgainIsTakenToZeroAgain) {
  Record record = baking();
  record.phase = Phase::promoting;
  record.stage = Stage::detach;
  record.authorised = Weight::zero();
  Observation seen = well(record);
  seen.route->live = percent(30);
  EXPECT_EQ(advance(record, seen).stage, Stage::give_back);
}

TEST(Advance, WhenNothingIsUnderWayCommandsDoNothing) {
  Record record = baking();
  record.phase = Phase::rolled_back;
  record.stage = Stage::done;
  record.settled = true;
  record.authorised = Weight::zero();
  Observation seen = well(record);
  seen.commands = {{.id = "c1", .verb = Verb::resume, .who = "ann"}};
  EXPECT_EQ(advance(record, seen), record);
}

TEST(Advance, AnImpossibleRecordIsABug) {
  Record record = baking();
  record.step = 7;
  EXPECT_THROW(static_cast<void>(advance(record, Observation{})), Bug);
}

TEST(Advance, RefusedCloneIsNoEvidenceAgainstTheCanary) {
  const core::Reason no{.code = "refused_by_server", .sentence = "the API server refused it: no"};
  Record record = baking();
  Observation seen = well(record);
  seen.workload.reset();  // nobody has to see the pods for that
  seen.clones_refused = no;
  EXPECT_EQ(advance(record, seen).end, End::not_proved);
  EXPECT_EQ(advance(record, seen).reason, no);
  EXPECT_EQ(wanted(advance(record, seen)).weight, Weight::zero());
  Record early = record;
  early.stage = Stage::bring_up;
  early.authorised = Weight::zero();
  early.exposed = early.route_touched = false;
  EXPECT_EQ(advance(early, seen).end, End::refused);
  EXPECT_TRUE(wanted(advance(early, seen)).discard);
  Record late = record;
  late.phase = Phase::promoting;
  late.stage = Stage::upgrade;
  late.authorised = Weight::zero();
  EXPECT_EQ(advance(late, seen).phase, Phase::promoting) << "no clone is wanted any more";
}

TEST(Advance, PromotionWaitsForAStableThatCanTakeTheTraffic) {
  Record record = baking();
  record.step = 1;
  record.final_requested = true;
  record.bake_credit = seconds(10);
  Observation seen = with(record, Outcome::pass);
  seen.workload->stable.ready = false;
  const Record waits = advance(record, seen);
  EXPECT_EQ(waits.phase, Phase::progressing);
  EXPECT_EQ(waits.authorised, record.authorised);
  EXPECT_EQ(waits.reason.code, "stable_not_ready");
  EXPECT_EQ(advance(waits, seen).seq, waits.seq) << "said once";
  EXPECT_EQ(advance(waits, with(waits, Outcome::pass)).phase, Phase::promoting);
}

TEST(Advance, PromotionAskedForByAPersonWaitsForStableAndKeepsTheName) {
  Record record = baking();
  record.final_requested = true;
  record.reason = {.code = "final_check_requested", .sentence = "final check asked for by ann"};
  Observation seen = with(record, Outcome::pass);
  seen.workload->stable.ready = false;
  const Record waits = advance(record, seen);
  EXPECT_EQ(waits.reason, record.reason);
  const Record next = advance(waits, with(waits, Outcome::pass));
  EXPECT_EQ(next.phase, Phase::promoting);
  EXPECT_NE(next.reason.sentence.find("ann"), std::string::npos);
}

Record waiting_for_a_person() {
  Record record = baking();
  record.phase = Phase::paused;
  record.paused_from = Phase::progressing;
  record.paused_stage = Stage::bake;
  record.final_requested = true;
  record.total = seconds(100'000);
  record.reason.code = "waits_for_promotion";
  return record;
}

TEST(Advance, PromoteOnAPauseAsksForAFreshCheck) {
  const Record record = waiting_for_a_person();
  Observation seen = with(record, Outcome::pass);
  seen.commands = {{.id = "c1", .verb = Verb::promote, .who = "ann"}};
  const Record asked = advance(record, seen);
  EXPECT_EQ(asked.phase, Phase::progressing);
  EXPECT_EQ(asked.stage, Stage::bake);
  EXPECT_EQ(asked.authorised, record.authorised);
  EXPECT_EQ(wanted(asked).ask, Ask::final);
  EXPECT_EQ(advance(asked, well(asked)).phase, Phase::progressing) << "no check, no promotion";
  EXPECT_EQ(advance(asked, with(asked, Outcome::fail)).phase, Phase::rolled_back);
  const Record next = advance(asked, with(asked, Outcome::pass));
  EXPECT_EQ(next.phase, Phase::promoting);
  EXPECT_EQ(next.reason.code, "promoted_by_person");
  EXPECT_NE(next.reason.sentence.find("ann"), std::string::npos);
}

TEST(Advance, SomebodyElsesReleaseIsNeverTakenBack) {
  for (const Stage stage : {Stage::upgrade, Stage::final_bake, Stage::revert}) {
    Record record = baking();
    record.phase = Phase::promoting;
    record.stage = stage;
    record.route_touched = false;
    record.authorised = Weight::zero();
    Observation seen = well(record);
    seen.release->state = ReleaseSeen::State::superseded;
    seen.workload->stable.fatal = core::Reason{.code = "crash_loop", .sentence = "theirs crashes"};
    const Record waits = advance(record, seen);
    EXPECT_EQ(waits.phase, Phase::paused) << name_of(stage);
    EXPECT_EQ(waits.reason.code, "superseded") << name_of(stage);
    Observation late = well(waits);
    late.release.reset();  // what is not known now was known then
    late.commands = {{.id = "c1", .verb = Verb::abort, .who = "ann"}};
    const Record aborted = advance(waits, late);
    EXPECT_EQ(aborted.phase, Phase::rolled_back);
    EXPECT_EQ(aborted.stage, Stage::discard);
    EXPECT_EQ(aborted.end, End::aborted);
    EXPECT_EQ(wanted(aborted).release, World::ReleaseAction::none);
    late.release = seen.release;
    EXPECT_EQ(advance(record, late).stage, Stage::discard) << "in the same second too";
  }
}

TEST(Advance, EntryThatSomebodyTookOutIsAsGoodAsZero) {
  Record record = baking();
  record.phase = Phase::rolled_back;
  record.stage = Stage::zero;
  record.authorised = Weight::zero();
  Observation seen = well(record);
  seen.route = RouteSeen{.state = RouteSeen::State::applied, .foreign = true};
  EXPECT_TRUE(is_applied(record, seen));
  seen.route->live = percent(10);  // of another route
  EXPECT_FALSE(is_applied(record, seen));
  Record going_up = baking();
  going_up.stage = Stage::weigh;
  seen.route->live = Weight::zero();
  EXPECT_FALSE(is_applied(going_up, seen));
}

// The contract with pipelines, as a table.
TEST(ExitCode, HasOneCodePerEnd) {
  const std::pair<End, int> table[] = {{End::promoted, 0},       {End::refused, 4},
                                       {End::cannot_measure, 6}, {End::failed_on_evidence, 10},
                                       {End::not_proved, 12},    {End::promotion_failed, 13},
                                       {End::superseded, 14},    {End::aborted, 20},
                                       {End::none, 64}};
  for (const auto& [end, code] : table) {
    Record record = baking();
    record.phase = end == End::promoted ? Phase::promoted : Phase::rolled_back;
    record.stage = Stage::done;
    record.end = end;
    record.settled = true;
    EXPECT_EQ(exit_code_of(record), code) << name_of(end);
    record.settled = false;
    EXPECT_EQ(exit_code_of(record), 64) << "not settled is not confirmed";
  }
}

TEST(Advance, APauseWithoutAConfirmedStableIsNoSafeState) {
  Record record = baking();
  record.phase = Phase::paused;
  record.reason.code = "unknown_budget_spent";
  EXPECT_EQ(exit_code_of(record), 11);
  record.reason.code = "stable_not_restored";
  EXPECT_EQ(exit_code_of(record), 64);
}

}  // namespace
}  // namespace kai::core
