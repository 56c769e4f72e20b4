#include "edges/helm/release_state.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

using State = core::ReleaseSeen::State;
using Status = ReleaseStatus;

constexpr ReleaseStart start{.start_revision = 3, .newest_revision = 3};

State state_of(const std::vector<RevisionSeen>& revisions, ReleaseStart from = start) {
  return judge_release(from, "r1", revisions).state;
}

TEST(ReleaseState, NothingNewIsAsStarted) {
  EXPECT_EQ(state_of({{.revision = 3, .status = Status::deployed}}), State::as_started);
}

TEST(ReleaseState, OurDescriptionIsOurs) {
  EXPECT_EQ(state_of({{.revision = 4, .status = Status::deployed, .description = "kai-canary r1"}}),
            State::upgraded);
}

TEST(ReleaseState, AnotherRolloutIsForeign) {
  const auto seen = judge_release(
      start, "r1", {{.revision = 4, .status = Status::deployed, .description = "kai-canary r2"}});
  EXPECT_EQ(seen.state, State::superseded);
  EXPECT_EQ(seen.detail, "revision 4 is deployed: 'kai-canary r2'");
}

TEST(ReleaseState, AForeignUpgradeSupersedesEvenWhenOursFollows) {
  EXPECT_EQ(
      state_of({{.revision = 4, .status = Status::superseded, .description = "Upgrade complete"},
                {.revision = 5, .status = Status::deployed, .description = "kai-canary r1"}}),
      State::superseded);
}

TEST(ReleaseState, ForeignUpgradeWithOurContentIsForeignOnceDeployed) {
  EXPECT_EQ(state_of({{.revision = 4,
                       .status = Status::deployed,
                       .description = "Upgrade complete",
                       .is_candidate = true}}),
            State::superseded);
}

TEST(ReleaseState, FailedAndRolledBackByHelmIsReverted) {
  EXPECT_EQ(state_of({{.revision = 4,
                       .status = Status::failed,
                       .description = "Upgrade \"kai\" failed: timed out",
                       .is_candidate = true},
                      {.revision = 5, .status = Status::deployed, .description = "Rollback to 3"}}),
            State::reverted);
}

TEST(ReleaseState, RollbackToAnotherRevisionIsForeign) {
  EXPECT_EQ(state_of({{.revision = 4, .status = Status::failed, .is_candidate = true},
                      {.revision = 5, .status = Status::deployed, .description = "Rollback to 2"}}),
            State::superseded);
}

TEST(ReleaseState, RollbackToRevisionThirtyIsNotToThree) {
  EXPECT_EQ(
      state_of({{.revision = 4, .status = Status::deployed, .description = "Rollback to 30"}}),
      State::superseded);
}

TEST(ReleaseState, FailedRollbackIsFailed) {
  EXPECT_EQ(state_of({{.revision = 4,
                       .status = Status::superseded,
                       .description = "Upgrade \"kai\" failed: x",
                       .is_candidate = true},
                      {.revision = 5,
                       .status = Status::failed,
                       .description = "Rollback \"kai\" failed: conflict"}}),
            State::failed);
}

TEST(ReleaseState, PendingIsNeitherUpgradedNorReverted) {
  EXPECT_EQ(state_of({{.revision = 4,
                       .status = Status::pending_upgrade,
                       .description = "Preparing upgrade",
                       .is_candidate = true}}),
            State::failed);
  EXPECT_EQ(
      state_of(
          {{.revision = 4, .status = Status::failed, .is_candidate = true},
           {.revision = 5, .status = Status::pending_rollback, .description = "Rollback to 3"}}),
      State::failed);
}

TEST(ReleaseState, PendingUpgradeOfSomebodyElseSupersedes) {
  EXPECT_EQ(
      state_of(
          {{.revision = 4, .status = Status::pending_upgrade, .description = "Preparing upgrade"}}),
      State::superseded);
}

TEST(ReleaseState, UpgradedAndThenRevertedByUs) {
  EXPECT_EQ(state_of({{.revision = 4,
                       .status = Status::superseded,
                       .description = "kai-canary r1",
                       .is_candidate = true},
                      {.revision = 5, .status = Status::deployed, .description = "Rollback to 3"}}),
            State::reverted);
}

TEST(ReleaseState, VanishedRecordsAreSuperseded) {
  EXPECT_EQ(state_of({}), State::superseded);
  EXPECT_EQ(state_of({{.revision = 2, .status = Status::deployed}}), State::superseded);
  EXPECT_EQ(state_of({{.revision = 3, .status = Status::uninstalled}}), State::superseded);
}

TEST(ReleaseState, StartBelowAFailedNewestStaysAsStarted) {
  const ReleaseStart below{.start_revision = 3, .newest_revision = 4};
  EXPECT_EQ(state_of({{.revision = 4, .status = Status::failed}}, below), State::as_started);
}

TEST(ReleaseState, FirstInstall) {
  const ReleaseStart none;
  EXPECT_EQ(state_of({}, none), State::absent);
  EXPECT_EQ(
      state_of({{.revision = 1, .status = Status::deployed, .description = "kai-canary r1"}}, none),
      State::upgraded);
  EXPECT_EQ(state_of({{.revision = 1,
                       .status = Status::failed,
                       .description = "Release \"kai\" failed: x",
                       .is_candidate = true}},
                     none),
            State::failed);
  EXPECT_EQ(
      state_of({{.revision = 1, .status = Status::deployed, .description = "Install complete"}},
               none),
      State::superseded);
}

}  // namespace
}  // namespace kai::edges
