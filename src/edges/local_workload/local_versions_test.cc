#include "edges/local_workload/local_versions.h"

#include <gtest/gtest.h>

#include "tests/fakes/test_machine.h"

namespace kai::edges {
namespace {

using fakes::TestMachine;
using Lines = std::vector<std::string>;

Lines rows_of(TestMachine& machine) {
  Lines lines;
  const auto rows = local_versions(machine.disk, "/state/shop");
  EXPECT_TRUE(rows) << rows.error().message;
  for (const LocalVersionRow& row : rows.value_or(std::vector<LocalVersionRow>{}))
    lines.push_back(std::to_string(row.revision) + " " + row.tag + " " + row.status +
                    (row.may_be_good ? "" : " not good"));
  return lines;
}

Result<LocalRollback> roll_back(TestMachine& machine, std::optional<std::int64_t> revision,
                                bool forced = false) {
  return machine.await<LocalRollback>(
      [&](auto reply) { roll_back_to(machine.fleet, revision, forced, std::move(reply)); });
}

TEST(LocalVersions, NothingIsThereBeforeTheFirstInstall) {
  TestMachine machine;
  const auto rows = local_versions(machine.disk, "/state/shop");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::no_data);
}

TEST(LocalVersions, ARollbackServesTheVersionBefore) {
  TestMachine machine;
  machine.install("v1");
  machine.install("v2");
  const auto done = roll_back(machine, std::nullopt);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->trouble);
  EXPECT_EQ(done->revision, 1);
  EXPECT_EQ(done->tag, "v1");
  EXPECT_EQ(rows_of(machine), (Lines{"1 v1 superseded", "2 v2 superseded", "3 v1 deployed"}));
  EXPECT_EQ(machine.served.text().size(), 1U);
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v1*"));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(LocalVersions, ARevisionThatFailedIsGoneBackToByForceAlone) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20003};
  ASSERT_FALSE(machine.upgrade(plans.release, "r2"));
  machine.ill.clear();
  EXPECT_EQ(rows_of(machine), (Lines{"1 v1 deployed", "2 v2 failed not good"}));
  EXPECT_FALSE(roll_back(machine, std::nullopt));
  EXPECT_FALSE(roll_back(machine, 2));
  EXPECT_FALSE(roll_back(machine, 7));
  const auto done = roll_back(machine, 2, true);
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->trouble) << done->trouble->message;
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v2*"));
}

TEST(LocalVersions, ARollbackThatDoesNotComeUpLeavesWhatIsServed) {
  TestMachine machine;
  machine.install("v1");
  machine.install("v2");
  machine.ill = {20004, 20005};
  const auto done = roll_back(machine, 1);
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->trouble);
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v2*"));
  EXPECT_EQ(rows_of(machine), (Lines{"1 v1 superseded", "2 v2 deployed", "3 v1 failed not good"}));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(LocalVersions, ARollbackIsTriedAnewAfterOneThatFailed) {
  TestMachine machine;
  machine.install("v1");
  machine.install("v2");
  machine.ill = {20004, 20005};
  ASSERT_TRUE(roll_back(machine, 1)->trouble);
  machine.ill.clear();
  const auto done = roll_back(machine, 1);
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->trouble) << done->trouble->message;
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v1*"));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
}

TEST(LocalVersions, ARollbackWaitsForNothingThatAnEarlierRolloutLeft) {
  TestMachine machine;
  machine.install("v1");
  machine.install("v3");
  const auto lost = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(lost.workload, 10, "r2"));
  machine.processes.stuck = {machine.pid_of("api-v2-1")};
  machine.restart();
  const auto done = roll_back(machine, 1);
  ASSERT_TRUE(done);
  ASSERT_TRUE(done->trouble);
  EXPECT_EQ(done->trouble->message, "process api-v2-1 does not end, not even by SIGKILL");
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v1*"));
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 canary", "api-v1-1 stable", "api-v1-2 stable"}));
}

TEST(LocalVersions, TheNewestTwentyAreKeptAndTheDeployedOne) {
  ReleaseFile file;
  for (int i = 0; i < 30; ++i) {
    const std::int64_t revision =
        file.add({.tag = "v", .state = RevisionState::failed, .release = {}}).revision;
    if (i == 3) file.deploy(revision);
  }
  EXPECT_EQ(file.revisions.size(), ReleaseFile::revisions_max);
  EXPECT_EQ(file.revisions.front().revision, 4);
  EXPECT_EQ(file.deployed()->revision, 4);
  EXPECT_EQ(file.newest(), 30);
}

TEST(LocalVersions, InstancesAreToldWithTheirLogs) {
  TestMachine machine;
  machine.install("v1");
  const auto rows = local_instances(machine.disk, "/state/shop");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->front().name, "api-v1-1");
  EXPECT_EQ(rows->front().arm, "stable");
  EXPECT_EQ(rows->front().log_file, "/state/shop/logs/api-v1-1.log");
}

}  // namespace
}  // namespace kai::edges
