#include <gtest/gtest.h>

#include "tests/fakes/test_machine.h"

namespace kai::edges {
namespace {

using fakes::TestMachine;
using Lines = std::vector<std::string>;
using State = core::ReleaseSeen::State;
using Helm = core::ReleaseSeen::Helm;

TEST(ProcessRelease, AFirstInstallStartsAllAndServesThem) {
  TestMachine machine;
  const auto planned = machine.plan_release(TestMachine::plan("v1"));
  ASSERT_TRUE(planned);
  EXPECT_TRUE(planned->findings.empty());
  EXPECT_TRUE(planned->plan.first_install);
  EXPECT_EQ(planned->plan.start_revision, 0);
  EXPECT_EQ(planned->plan.canary_version, "v1");
  EXPECT_FALSE(planned->plan.objects.empty());
  const Tree& data = planned->plan.data;
  EXPECT_EQ(machine.seen(data, "r1").state, State::absent);
  ASSERT_TRUE(machine.upgrade(data, "r1"));
  EXPECT_EQ(machine.processes.log, (Lines{"start ./v1/api --port=20000 --name=1",
                                          "start ./v1/api --port=20001 --name=2"}));
  EXPECT_EQ(machine.processes.all().begin()->second.spec.environment.at("LEVEL"), "v1");
  EXPECT_EQ(machine.processes.all().begin()->second.spec.environment.at("PATH"), "/bin");
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20000 127.0.0.1:20001"}));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 deployed"}));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
  const core::ReleaseSeen seen = machine.seen(data, "r1");
  EXPECT_EQ(seen.state, State::upgraded);
  EXPECT_EQ(seen.helm, Helm::succeeded);
}

TEST(ProcessRelease, WhatCannotBeginIsRefusedWithItsRemedy) {
  TestMachine machine;
  machine.install("v1");
  const auto finding_of = [&](const core::Plan& plan) {
    const auto planned = machine.plan_release(plan);
    EXPECT_TRUE(planned);
    EXPECT_EQ(planned->findings.size(), 1U);
    EXPECT_TRUE(ports::blocks(planned->findings.front()));
    EXPECT_FALSE(planned->findings.front().remedy.empty());
    return planned->findings.front().message;
  };
  EXPECT_EQ(finding_of(TestMachine::plan("v1")),
            "nothing to do: v1 is deployed already (revision 1)");
  EXPECT_EQ(finding_of(TestMachine::plan("../v1")), "not a tag: ../v1");
  machine.missing.insert("./v2/api");
  EXPECT_EQ(finding_of(TestMachine::plan("v2")),
            "/srv/kai.yaml: service api, version v2: no program ./v2/api");
  core::Plan narrow = TestMachine::plan("v3");
  narrow.local->port_last = 20002;
  EXPECT_EQ(finding_of(narrow),
            "/srv/kai.yaml: 2 ports are needed beside those of the running version, and of 20000 "
            "to 20002 only 1 are free");
  machine.listened.insert("0.0.0.0:8080");
  EXPECT_EQ(finding_of(TestMachine::plan("v3")),
            "/srv/kai.yaml: service api: cannot listen on 0.0.0.0:8080");
}

TEST(ProcessRelease, ThePromotionAdoptsTheCanaryAndStopsTheOldOnes) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::as_started);
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  const std::int64_t canary = machine.pid_of("api-v2-1");
  machine.processes.log.clear();
  machine.served.log.clear();
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  EXPECT_EQ(machine.processes.log, (Lines{"start ./v2/api --port=20003 --name=2",
                                          "signal 15 to 1001", "signal 15 to 1002"}));
  EXPECT_EQ(machine.served.log,
            (Lines{"stable api@v2 127.0.0.1:20002 127.0.0.1:20003", "remove v1"}));
  EXPECT_EQ(machine.pid_of("api-v2-1"), canary);
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 stable", "api-v2-2 stable"}));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 superseded", "2 v2 deployed"}));
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::upgraded);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessRelease, OldOnesAreStoppedOnlyWhenTheirRequestsAreAnswered) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.served.in_flight = 3;
  std::optional<Result<Unit>> ended;
  machine.release->upgrade(plans.release, "r2", [&](Result<Unit> result) { ended = result; });
  machine.settle_for(std::chrono::seconds(10));
  EXPECT_FALSE(ended);
  EXPECT_EQ(machine.seen(plans.release, "r2").helm, Helm::running);
  EXPECT_EQ(machine.processes.alive().size(), 4U);
  machine.served.in_flight = 0;
  machine.settle_for(std::chrono::seconds(1));
  EXPECT_TRUE(ended && *ended);
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessRelease, AnUnknownNumberOfRequestsIsWaitedForToTheEnd) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.served.in_flight.reset();
  bool ended = false;
  machine.release->upgrade(plans.release, "r2", [&](Result<Unit>) { ended = true; });
  machine.settle_for(std::chrono::seconds(25));
  EXPECT_FALSE(ended);
  machine.settle_for(std::chrono::seconds(10));
  EXPECT_TRUE(ended);
}

// As kai-splitter tells it: what has no request in flight and no role is not told at all.
TEST(ProcessRelease, AVersionThatIsNotToldAnyMoreHasNoRequests) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.served.forgets_unserved = true;
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  EXPECT_LT(machine.timers.now().since_start, std::chrono::hours(1) + std::chrono::seconds(5));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessRelease, WhatALostFirstInstallLeftIsStoppedByTheNextOne) {
  TestMachine machine;
  const auto lost = machine.plans("v1");
  machine.ill = {20000, 20001};
  machine.release->upgrade(lost.release, "r1", [](Result<Unit>) {});
  machine.settle_for(std::chrono::seconds(1));
  machine.restart();
  EXPECT_EQ(machine.processes.alive().size(), 2U);
  machine.ill.clear();
  machine.install("v2");
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 stable", "api-v2-2 stable"}));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessRelease, AWayBackWithinTheDrainKeepsTheOldOnesThatStillRun) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.served.in_flight = 1;
  machine.release->upgrade(plans.release, "r2", [](Result<Unit>) {});
  machine.settle_for(std::chrono::seconds(2));
  machine.release->stop_upgrade();
  machine.settle_for(std::chrono::seconds(1));
  EXPECT_EQ(machine.seen(plans.release, "r2").helm, Helm::failed);
  machine.processes.log.clear();
  machine.served.in_flight = 0;
  ASSERT_TRUE(machine.revert(plans.release, "r2"));
  EXPECT_EQ(machine.processes.log, (Lines{"signal 15 to 1003", "signal 15 to 1004"}));
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1001, 1002}));
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
}

TEST(ProcessRelease, AFileThatNobodyCouldReadAgainIsNotWritten) {
  TestMachine machine;
  machine.install("v1");
  const std::string before = machine.disk.files["/state/shop/release.json"];
  const auto changed = machine.fleet->change([](ReleaseFile& file) {
    file.revisions.front().description = std::string(ReleaseFile::bytes_max, 'x');
    return Result<Unit>(Unit{});
  });
  ASSERT_FALSE(changed);
  EXPECT_EQ(machine.disk.files["/state/shop/release.json"], before);
}

TEST(ProcessRelease, OldOnesThatDoNotObeyAreKilled) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.processes.stubborn = {1001};
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  EXPECT_EQ(machine.processes.log.back(), "signal 9 to 1001");
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 stable", "api-v2-2 stable"}));
}

TEST(ProcessRelease, OneThatNothingEndsStaysKnownAndKeepsNoOther) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.processes.stuck = {1001};
  const auto ended = machine.upgrade(plans.release, "r2");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message, "process api-v1-1 does not end, not even by SIGKILL");
  EXPECT_EQ(machine.instances(),
            (Lines{"api-v1-1 retiring", "api-v2-1 stable", "api-v2-2 stable"}));
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::upgraded);
  machine.processes.stuck.clear();
  machine.processes.end(1001, 137);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 stable", "api-v2-2 stable"}));
  EXPECT_FALSE(machine.log.contains("process_ended"));
}

// As Helm's own rollback of a failed upgrade: exit code 13.
TEST(ProcessRelease, AVersionThatDoesNotComeUpLeavesTheOldOneServed) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20003};
  machine.served.log.clear();
  const auto ended = machine.upgrade(plans.release, "r2");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message,
            "process api-v2-2 was not healthy within 30s: GET http://127.0.0.1:20003/health: 503");
  EXPECT_EQ(machine.served.log, Lines{});
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20000 127.0.0.1:20001"}));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 deployed", "2 v2 failed"}));
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1001, 1002}));
  const core::ReleaseSeen seen = machine.seen(plans.release, "r2");
  EXPECT_EQ(seen.state, State::reverted);
  EXPECT_EQ(seen.helm, Helm::failed);
  EXPECT_EQ(seen.detail, ended.error().message);
  const core::WorkloadSeen workload = machine.look(plans.workload, 10).seen;
  EXPECT_TRUE(workload.stable.ready && workload.stable_is_as_started);
  EXPECT_FALSE(workload.stable_is_candidate);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
}

TEST(ProcessRelease, AProcessThatEndsInThePromotionIsSaidWithItsWords) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002, 20003};
  std::optional<Result<Unit>> ended;
  machine.release->upgrade(plans.release, "r2",
                           [&](Result<Unit> result) { ended = std::move(result); });
  machine.settle_for(std::chrono::seconds(1));
  machine.disk.files["/state/shop/logs/api-v2-1.log"] = "starting\ncannot open the database\n";
  machine.processes.end(machine.pid_of("api-v2-1"), 3);
  machine.settle_for(std::chrono::seconds(1));
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(ended->error().message,
            "process api-v2-1 ended with exit code 3; its last words: 'cannot open the database'");
}

// It was healthy as a canary, and hangs by now.
TEST(ProcessRelease, AProcessThatDoesNotGetHealthyAgainEndsThePromotionInItsTime) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(std::chrono::seconds(1));
  machine.ill = {20002};
  for (std::uint32_t i = 0; i < bad_answers_max; ++i) machine.look(plans.workload, 10);
  const auto ended = machine.upgrade(plans.release, "r2");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().message,
            "process api-v2-1 was not healthy within 30s: GET http://127.0.0.1:20002/health: 503");
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
}

TEST(ProcessRelease, AStoppedPromotionLeavesTheOldVersion) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002};
  std::optional<Result<Unit>> ended;
  machine.release->upgrade(plans.release, "r2",
                           [&](Result<Unit> result) { ended = std::move(result); });
  machine.settle_for(std::chrono::seconds(2));
  machine.release->stop_upgrade();
  machine.settle_for(std::chrono::seconds(2));
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

}  // namespace
}  // namespace kai::edges
