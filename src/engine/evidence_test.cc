#include "engine/evidence.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kai::engine {
namespace {

using core::EvidenceSeen;
using std::chrono::seconds;

const Question check{
    .ask = core::Ask::tick, .check = true, .authorised = core::Weight::from_hundredths(1000)};

EvidenceCollector collector() {
  auto created = EvidenceCollector::create(
      {.services = {{.name = "api", .edges = {}}}, .latency_max_seconds = {}});
  EXPECT_TRUE(created.has_value());
  created->begin(WallTime{seconds(100)});
  return std::move(*created);
}

// One second of the canary.
ports::Counters counted(std::uint64_t requests, std::uint64_t errors) {
  ports::Counters counters{.slices = {}, .source_now = WallTime{seconds(102)}, .silent_pods = {}};
  counters.slices.push_back({.service = 0,
                             .arm = core::Arm::canary,
                             .target = "api-1",
                             .from = WallTime{seconds(100)},
                             .to = WallTime{seconds(101)},
                             .requests = requests,
                             .errors = errors,
                             .slower = {}});
  return counters;
}

// An answer whose newest samples are older than the weight.
ports::Counters nothing_at(int second) {
  return {.slices = {}, .source_now = WallTime{seconds(second)}, .silent_pods = {}};
}

TEST(EvidenceCollector, AnswerIsJudgedOnce) {
  EvidenceCollector evidence = collector();
  evidence.take(counted(100, 50));
  const auto seen = evidence.look(check);
  ASSERT_TRUE(seen.verdict.has_value());
  EXPECT_EQ(seen.verdict->outcome, core::Outcome::fail);
  EXPECT_FALSE(evidence.look(check).verdict.has_value());
}

// Counts that came before the trouble stay, yet nothing is decided on them while it lasts.
TEST(EvidenceCollector, TroubleOfAnyKindIsNoVerdict) {
  for (const auto& [kind, state] : std::vector<std::pair<ErrorKind, EvidenceSeen::State>>{
           {ErrorKind::unavailable, EvidenceSeen::State::unavailable},
           {ErrorKind::malformed, EvidenceSeen::State::unavailable},
           {ErrorKind::rejected, EvidenceSeen::State::rejected},
           {ErrorKind::no_data, EvidenceSeen::State::no_data}}) {
    for (const std::uint64_t errors : {0U, 100U}) {
      EvidenceCollector evidence = collector();
      evidence.take(counted(100, errors));
      evidence.take(fail(kind, "what the source said"));
      const auto seen = evidence.look(check);
      EXPECT_FALSE(seen.verdict.has_value()) << name_of(kind);
      EXPECT_EQ(seen.state, state) << name_of(kind);
      EXPECT_EQ(seen.sentence, "what the source said");
      evidence.take(counted(0, 0));
      EXPECT_TRUE(evidence.look(check).verdict.has_value()) << name_of(kind);
    }
  }
}

// The newest samples are from before the weight: nobody knows yet whether requests came.
TEST(EvidenceCollector, WhatHasNotArrivedYetIsNotSaidToBeNoRequest) {
  EvidenceCollector evidence = collector();
  evidence.take(nothing_at(102));
  EXPECT_EQ(evidence.look(check).sentence,
            "api: no counts of the canary have arrived since the weight was applied");
  evidence.take(counted(0, 0));
  EXPECT_EQ(evidence.look(check).sentence, "api: no request reached the canary");
  evidence.begin(WallTime{seconds(103)});
  evidence.take(nothing_at(104));
  EXPECT_EQ(evidence.look(check).sentence,
            "api: no counts of the canary have arrived since the weight was applied");
}

TEST(EvidenceCollector, OldSamplesAreNoVerdict) {
  EvidenceCollector evidence = collector();
  ports::Counters stale = counted(100, 100);
  stale.stale = true;
  evidence.take(stale);
  EXPECT_FALSE(evidence.look(check).verdict.has_value());
  EXPECT_EQ(evidence.look(check).state, EvidenceSeen::State::no_data);
}

// At a weight of 10 %.
ports::Counters of_both(std::uint64_t canary, std::uint64_t baseline) {
  ports::Counters counters = counted(canary, 0);
  counters.slices.push_back(counters.slices.front());
  counters.slices.back().arm = core::Arm::baseline;
  counters.slices.back().requests = baseline;
  return counters;
}

TEST(EvidenceCollector, MoreThanTheWeightIsSeenWhenBothVersionsAreCounted) {
  EvidenceCollector evidence = collector();
  evidence.take(of_both(1000, 9000));
  EXPECT_FALSE(evidence.look(check).over_delivered);
  evidence.take(of_both(3000, 7000));
  EXPECT_TRUE(evidence.look(check).over_delivered);
}

// A source that was away comes back pod by pod.
TEST(EvidenceCollector, WhatOneVersionAloneHasCountedIsNotMoreThanItsWeight) {
  EvidenceCollector evidence = collector();
  evidence.take(of_both(1000, 9000));
  static_cast<void>(evidence.look(check));
  ports::Counters canary_first = counted(3000, 0);
  canary_first.stale = true;
  evidence.take(canary_first);
  EXPECT_FALSE(evidence.look(check).over_delivered);
  evidence.take(of_both(0, 27'000));
  EXPECT_FALSE(evidence.look(check).over_delivered);
}

TEST(EvidenceCollector, NothingCountsBeforeTheWeightIsApplied) {
  EvidenceCollector evidence = collector();
  evidence.begin(WallTime{seconds(101)});
  evidence.take(counted(100, 100));
  EXPECT_EQ(evidence.look(check).canary_requests, 0U);
  evidence.stop();
  evidence.take(counted(100, 100));
  EXPECT_FALSE(evidence.look(check).verdict.has_value());
}

// --- the sequential judge ---

core::JudgeConfig sequential_config() {
  core::JudgeConfig config{.rule = core::Rule::sequential,
                           .services = {{.name = "api", .edges = {}}},
                           .latency_max_seconds = {}};
  config.sequential.interval = seconds(5);
  config.sequential.dispersion = {{.intervals = 1, .dispersion = 1}};
  return config;
}

const Collecting every_5s{.frame = seconds(5), .warm_up = seconds(60)};

EvidenceCollector sequential_collector(Collecting how = every_5s) {
  auto created = EvidenceCollector::create(sequential_config(), std::move(how));
  EXPECT_TRUE(created.has_value());
  created->begin(WallTime{seconds(100)});
  return std::move(*created);
}

Question tick(bool step_started = false) {
  return {.ask = core::Ask::tick,
          .check = true,
          .authorised = core::Weight::from_hundredths(1000),
          .step_started = step_started,
          .canary_pods = {1}};
}

// Both arms over five seconds up to `second`.
ports::Counters both_arms(std::int64_t second, std::uint64_t errors,
                          Duration canary_age = std::chrono::hours(1)) {
  ports::Counters counters{
      .slices = {}, .source_now = WallTime{seconds(second)}, .silent_pods = {}};
  core::Slice slice{.service = 0,
                    .arm = core::Arm::canary,
                    .target = "api-canary-1",
                    .from = WallTime{seconds(second - 5)},
                    .to = WallTime{seconds(second)},
                    .age = canary_age,
                    .requests = 100,
                    .errors = errors,
                    .slower = {}};
  counters.slices.push_back(slice);
  slice.arm = core::Arm::baseline;
  slice.target = "api-1";
  slice.age = std::chrono::hours(10);
  slice.requests = 900;
  slice.errors = 9;
  counters.slices.push_back(slice);
  return counters;
}

TEST(SequentialEvidence, AnIntervalIsJudgedWhenItIsOver) {
  EvidenceCollector evidence = sequential_collector();
  evidence.take(both_arms(105, 1));
  const auto seen = evidence.look(tick(true));
  ASSERT_TRUE(seen.verdict.has_value());
  ASSERT_TRUE(seen.judged.has_value());
  EXPECT_EQ(seen.judged->frames, 1U);
  EXPECT_EQ(seen.judged->canary_requests, 100U);
  EXPECT_EQ(seen.judged->all_requests, 1000U);
  EXPECT_EQ(seen.judged->to, WallTime{seconds(105)});
  EXPECT_TRUE(seen.judged->of_step);
  EXPECT_FALSE(evidence.look(tick()).verdict.has_value()) << "judged twice";
  ports::Counters early = both_arms(108, 1);
  early.slices.clear();
  evidence.take(early);
  EXPECT_FALSE(evidence.look(tick()).verdict.has_value()) << "the interval is not over";
}

// Between the decision for a weight and its being applied some requests go by the old one.
TEST(SequentialEvidence, NothingIsJudgedWhileTheWeightChanges) {
  EvidenceCollector evidence = sequential_collector();
  evidence.take(both_arms(105, 100));
  Question changing = tick(true);
  changing.check = false;
  EXPECT_FALSE(evidence.look(changing).verdict.has_value());
  evidence.begin(WallTime{seconds(107)});
  evidence.take(both_arms(112, 1));
  const auto seen = evidence.look(tick(true));
  ASSERT_TRUE(seen.judged.has_value());
  EXPECT_EQ(seen.judged->canary_requests, 100U);
  EXPECT_EQ(seen.verdict->facts[0].errors, 1U);
}

// A lag of the source explains seconds without a count, not the minutes after which the rule
// speaks.
TEST(SequentialEvidence, SilenceIsNamedOnceNoLagExplainsIt) {
  EvidenceCollector evidence = sequential_collector();
  for (std::int64_t second = 105; second <= 220; second += 5) {
    ports::Counters old_version_alone = both_arms(second, 0);
    old_version_alone.slices.erase(old_version_alone.slices.begin());
    evidence.take(old_version_alone);
    const auto seen = evidence.look(tick(second == 105));
    const bool named = second == 220;
    EXPECT_EQ(seen.verdict->reason,
              named ? core::VerdictReason::no_canary_traffic : core::VerdictReason::warming_up);
    EXPECT_EQ(seen.sentence,
              named ? "WAITING: no requests reach the canary (0 of about 2400 expected in 2m)."
                    : "api: no counts of the canary have arrived since the weight was applied");
  }
}

TEST(SequentialEvidence, CountsOfNoRequestAreNoWarmUp) {
  EvidenceCollector evidence = sequential_collector();
  ports::Counters nobody = both_arms(105, 0);
  for (core::Slice& slice : nobody.slices) slice.requests = slice.errors = 0;
  evidence.take(nobody);
  EXPECT_EQ(evidence.look(tick(true)).sentence,
            "WAITING: no requests reach the canary (0 in 5s), and none were counted on the old "
            "version.");
}

TEST(SequentialEvidence, AMissedAnswerMakesALongerInterval) {
  EvidenceCollector evidence = sequential_collector();
  evidence.take(both_arms(105, 1));
  static_cast<void>(evidence.look(tick(true)));
  evidence.take(fail(ErrorKind::unavailable, "connection refused"));
  EXPECT_FALSE(evidence.look(tick()).verdict.has_value());
  evidence.take(both_arms(115, 1));
  const auto seen = evidence.look(tick());
  ASSERT_TRUE(seen.verdict.has_value());
  EXPECT_EQ(seen.verdict->sequential->facts.intervals, 3U);
}

TEST(SequentialEvidence, YoungPodsAreNotJudged) {
  EvidenceCollector evidence = sequential_collector();
  for (int i = 1; i <= 10; ++i) {
    evidence.take(both_arms(100 + 5 * i, 40, seconds(5 * i)));
    const auto seen = evidence.look(tick(i == 1));
    ASSERT_TRUE(seen.verdict.has_value());
    EXPECT_NE(seen.verdict->outcome, core::Outcome::fail) << i;
    EXPECT_EQ(seen.judged->canary_requests, 0U);
  }
  EXPECT_EQ(evidence.look(tick()).canary_requests, 1000U) << "they are traffic all the same";
}

TEST(SequentialEvidence, TheNextOwnerGoesOn) {
  EvidenceCollector whole = sequential_collector();
  EvidenceCollector split = sequential_collector();
  for (int i = 1; i <= 12; ++i) {
    const ports::Counters answer = both_arms(100 + 5 * i, 3);
    whole.take(answer);
    split.take(answer);
    const auto expected = whole.look(tick(i == 1));
    const auto seen = split.look(tick(i == 1));
    ASSERT_TRUE(expected.judged && seen.judged);
    EXPECT_EQ(*seen.verdict, *expected.verdict) << i;
    EXPECT_EQ(*seen.judged, *expected.judged) << i;
    auto resumed = EvidenceCollector::resume(sequential_config(), every_5s, *seen.judged);
    ASSERT_TRUE(resumed.has_value()) << resumed.error().message;
    split = std::move(*resumed);
    split.begin(WallTime{seconds(100 + 5 * i)});
  }
}

TEST(SequentialEvidence, WhatWasCountedIsNotCountedAgainWhenTheClockIsPutBack) {
  EvidenceCollector evidence = sequential_collector();
  evidence.take(both_arms(105, 1));
  const auto seen = evidence.look(tick(true));
  auto resumed = EvidenceCollector::resume(sequential_config(), every_5s, *seen.judged);
  ASSERT_TRUE(resumed.has_value());
  resumed->begin(WallTime{seconds(90)});
  resumed->take(both_arms(105, 1));
  EXPECT_EQ(resumed->look(tick()).canary_requests, 0U);
}

TEST(SequentialEvidence, EvidenceThatCannotBeReadIsNone) {
  EvidenceCollector evidence = sequential_collector();
  evidence.take(both_arms(105, 1));
  core::Judged judged = *evidence.look(tick(true)).judged;
  judged.evidence.pop_back();
  const auto resumed = EvidenceCollector::resume(sequential_config(), every_5s, judged);
  ASSERT_FALSE(resumed.has_value());
  EXPECT_EQ(resumed.error().kind, ErrorKind::malformed);
}

TEST(SequentialEvidence, ACanaryPodWithMoreLoadAgesFaster) {
  // 900 requests in 5 s are 90 % of 200 a second: 20 a second for one pod that had 4.
  EvidenceCollector evidence = sequential_collector(
      {.frame = seconds(5), .warm_up = seconds(60), .requests_per_second = {4}});
  evidence.take(both_arms(105, 1));
  EXPECT_NEAR(evidence.look(tick(true)).judged->load_ratio, 5, 1e-9);
  ports::Counters busier = both_arms(110, 1);
  busier.slices[1].requests = 9000;
  evidence.take(busier);
  EXPECT_NEAR(evidence.look(tick()).judged->load_ratio, 5, 1e-9) << "constant within a step";
  evidence.take(both_arms(115, 1));
  Question two_pods = tick(true);
  two_pods.canary_pods = {2};
  EXPECT_NEAR(evidence.look(two_pods).judged->load_ratio, 2.5, 1e-9);
}

TEST(SequentialEvidence, WithoutEnoughRequestsItSaysWhatCouldHaveBeenSeen) {
  EvidenceCollector evidence = sequential_collector();
  ports::Counters thin = both_arms(105, 0);
  thin.slices[0].requests = 10;
  evidence.take(thin);
  Question end = tick(true);
  end.ask = core::Ask::step_end;
  const auto seen = evidence.look(end);
  ASSERT_TRUE(seen.verdict.has_value());
  EXPECT_EQ(seen.verdict->reason, core::VerdictReason::too_few_requests);
  EXPECT_EQ(seen.unproved.substr(0, 39), "NOT PROVED in 5s: 10 canary requests ca")
      << seen.unproved;
}

}  // namespace
}  // namespace kai::engine
