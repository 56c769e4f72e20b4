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

TEST(EvidenceCollector, OldSamplesAreNoVerdict) {
  EvidenceCollector evidence = collector();
  ports::Counters stale = counted(100, 100);
  stale.stale = true;
  evidence.take(stale);
  EXPECT_FALSE(evidence.look(check).verdict.has_value());
  EXPECT_EQ(evidence.look(check).state, EvidenceSeen::State::no_data);
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

}  // namespace
}  // namespace kai::engine
