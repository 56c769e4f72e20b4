#include <gtest/gtest.h>

#include "tests/fakes/test_machine.h"

namespace kai::edges {
namespace {

using fakes::TestMachine;
using Lines = std::vector<std::string>;
using ports::WorkloadNews;
using std::chrono::seconds;

TEST(ProcessWorkload, ThePlanNamesBothBackendsAndWhatWillRun) {
  TestMachine machine;
  machine.install("v1");
  const core::Plan wanted = TestMachine::plan("v2");
  const auto release = machine.plan_release(wanted);
  ASSERT_TRUE(release);
  const auto planned = machine.plan_workload(wanted, release->plan);
  ASSERT_TRUE(planned);
  EXPECT_TRUE(planned->findings.empty());
  ASSERT_EQ(planned->plan.services.size(), 1U);
  const ports::ServicePlan& service = planned->plan.services.front();
  EXPECT_EQ(service.name, "api");
  EXPECT_EQ(service.canary_service, "api@v2");
  EXPECT_EQ(service.workload, "api@v1");
  EXPECT_EQ(service.port, 8080);
  EXPECT_EQ(planned->plan.lines,
            (Lines{"service api: 1 of v2 beside 2 of v1, on 127.0.0.1, ports 20000 to 29999: "
                   "./v2/api --port={port} --name={instance}"}));
}

TEST(ProcessWorkload, AServiceThatOnlyTheNewVersionHasIsNotJudged) {
  TestMachine machine;
  machine.install("v1");
  core::Plan wanted = TestMachine::plan("v2");
  wanted.local->services.push_back(wanted.local->services.front());
  wanted.local->services.back().name = "extra";
  const auto release = machine.plan_release(wanted);
  ASSERT_TRUE(release);
  const auto planned = machine.plan_workload(wanted, release->plan);
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->findings.size(), 1U);
  EXPECT_FALSE(ports::blocks(planned->findings.front()));
  EXPECT_EQ(planned->plan.services.size(), 1U);
  ASSERT_TRUE(machine.bring_up(planned->plan.data, 10, "r2"));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable", "api-v2-1 canary"}));
}

TEST(ProcessWorkload, TheCanaryIsReadyWhenItIsHealthyAndServed) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002};
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(2));
  ports::WorkloadState state = machine.look(plans.workload, 10);
  EXPECT_TRUE(state.seen.canary_exists);
  EXPECT_FALSE(state.seen.canary.ready);
  EXPECT_TRUE(state.seen.canary.any_service_empty);
  EXPECT_FALSE(state.seen.canary.fatal);
  EXPECT_TRUE(state.seen.stable.ready);
  machine.ill.clear();
  machine.settle_for(seconds(1));
  state = machine.look(plans.workload, 10);
  EXPECT_TRUE(state.seen.canary.ready);
  EXPECT_FALSE(state.seen.canary.any_service_empty);
  EXPECT_EQ(state.seen.canary.carries, core::Weight::full());
  EXPECT_EQ(state.seen.canary.wanted, 1U);
  EXPECT_EQ(machine.served.text(),
            (Lines{"api@v1* 127.0.0.1:20000 127.0.0.1:20001", "api@v2 127.0.0.1:20002"}));
  ASSERT_EQ(state.pods.size(), 3U);
  EXPECT_EQ(state.pods[2].name, "api-v2-1");
  EXPECT_EQ(state.pods[2].address, "127.0.0.1:20002");
  EXPECT_EQ(state.pods[2].arm, core::Arm::canary);
  EXPECT_TRUE(state.pods[2].ready);
  EXPECT_EQ(state.pods[0].arm, core::Arm::baseline);
}

TEST(ProcessWorkload, ItGrowsWithTheWeightAndNeverShrinks) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  EXPECT_EQ(machine.processes.alive().size(), 3U);
  machine.ill = {20003};
  ASSERT_TRUE(machine.bring_up(plans.workload, 60, "r2"));
  EXPECT_EQ(machine.processes.alive().size(), 4U);
  const core::ArmSeen canary = machine.look(plans.workload, 60).seen.canary;
  EXPECT_FALSE(canary.ready);
  EXPECT_EQ(canary.carries, core::Weight::from_hundredths(5000));
  machine.ill.clear();
  machine.settle_for(seconds(1));
  EXPECT_TRUE(machine.look(plans.workload, 60).seen.canary.ready);
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  EXPECT_EQ(machine.processes.alive().size(), 4U);
}

TEST(ProcessWorkload, ACrashIsToldAtOnceAndSaidInItsOwnWords) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 60, "r2"));
  machine.settle_for(seconds(1));
  std::vector<WorkloadNews> news;
  const auto watching =
      machine.workload->watch(plans.workload, [&](WorkloadNews each) { news.push_back(each); });
  machine.disk.files["/state/shop/logs/api-v2-1.log"] = "a\nout of memory\n";
  machine.processes.end(machine.pid_of("api-v2-1"), 134);
  machine.timers.settle();
  EXPECT_EQ(news, (std::vector{WorkloadNews::endpoints_fewer}));
  EXPECT_EQ(machine.served.text().back(), "api@v2 127.0.0.1:20003");
  const core::ArmSeen canary = machine.look(plans.workload, 60).seen.canary;
  ASSERT_TRUE(canary.fatal);
  EXPECT_EQ(canary.fatal->code, "process_ended");
  EXPECT_EQ(canary.fatal->sentence,
            "process api-v2-1 was ended by signal 6; its last words: 'out of memory'");
  EXPECT_FALSE(canary.ready);
  machine.processes.end(machine.pid_of("api-v2-2"), 0);
  machine.timers.settle();
  EXPECT_EQ(news.back(), WorkloadNews::service_empty);
  EXPECT_TRUE(machine.look(plans.workload, 60).seen.canary.any_service_empty);
  // It is why the rollout fails; another try would hide it.
  ASSERT_TRUE(machine.bring_up(plans.workload, 60, "r2"));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessWorkload, WhoeverTakesOverIsToldOfACrashToo) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  machine.restart();
  std::vector<WorkloadNews> news;
  const auto watching =
      machine.workload->watch(plans.workload, [&](WorkloadNews each) { news.push_back(each); });
  EXPECT_TRUE(machine.look(plans.workload, 10).seen.canary.ready);
  machine.processes.end(machine.pid_of("api-v2-1"), 1);
  machine.timers.settle();
  EXPECT_EQ(news, (std::vector{WorkloadNews::service_empty}));
  const auto fatal = machine.look(plans.workload, 10).seen.canary.fatal;
  ASSERT_TRUE(fatal);
  EXPECT_TRUE(fatal->sentence.find("api-v2-1 has ended (how, only") != std::string::npos ||
              fatal->sentence.find("ended with exit code 1") != std::string::npos)
      << fatal->sentence;
}

TEST(ProcessWorkload, OneThatIsNeverHealthyIsFatalAfterItsTime) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002};
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(29));
  EXPECT_FALSE(machine.look(plans.workload, 10).seen.canary.fatal);
  machine.settle_for(seconds(2));
  const auto fatal = machine.look(plans.workload, 10).seen.canary.fatal;
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->sentence,
            "process api-v2-1 was not healthy within 30s: GET http://127.0.0.1:20002/health: 503");
}

TEST(ProcessWorkload, OneBadAnswerIsBadLuckAndThreeAreNot) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  machine.ill = {20002};
  EXPECT_TRUE(machine.look(plans.workload, 10).seen.canary.ready);
  EXPECT_TRUE(machine.look(plans.workload, 10).seen.canary.ready);
  EXPECT_FALSE(machine.look(plans.workload, 10).seen.canary.ready);
  machine.ill.clear();
  EXPECT_TRUE(machine.look(plans.workload, 10).seen.canary.ready);
}

TEST(ProcessWorkload, DiscardStopsTheCanaryAloneAndKeepsItsLog) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  machine.processes.stubborn = {1003};
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1001, 1002}));
  EXPECT_EQ(machine.processes.log.back(), "signal 9 to 1003");
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20000 127.0.0.1:20001"}));
  EXPECT_TRUE(machine.disk.files.contains("/state/shop/logs/api-v2-1.log"));
  EXPECT_FALSE(machine.look(plans.workload, 10).seen.canary_exists);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
}

TEST(ProcessWorkload, NoStopIsTakenForACrash) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  machine.settle_for(seconds(1));
  EXPECT_FALSE(machine.log.contains("process_ended"));
}

TEST(ProcessWorkload, WhatAnEarlierRolloutLeftIsStoppedFirst) {
  TestMachine machine;
  machine.install("v1");
  const auto lost = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(lost.workload, 60, "r2"));
  machine.settle_for(seconds(1));
  machine.restart();
  const auto plans = machine.plans("v3");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r3"));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable", "api-v3-1 canary"}));
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1001, 1002, 1005}));
}

TEST(ProcessWorkload, AStableProcessThatIsGoneIsStartedAgainForTheRollout) {
  TestMachine machine;
  machine.install("v1");
  machine.processes.end(1001, 1);
  machine.settle_for(seconds(1));
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20001"}));
  const auto plans = machine.plans("v2");
  EXPECT_FALSE(machine.look(plans.workload, 10).seen.stable.ready);
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  EXPECT_TRUE(machine.look(plans.workload, 10).seen.stable.ready);
  EXPECT_EQ(machine.served.text().front(), "api@v1* 127.0.0.1:20001 127.0.0.1:20002");
}

TEST(ProcessWorkload, OneThatFailsAtTheStartKeepsTheOthersFromNobody) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.processes.end(1001, 1);
  machine.processes.end(1002, 1);
  machine.settle_for(seconds(1));
  machine.taken = {20000, 20001};
  machine.ill = {20002, 20003};
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.processes.end(1003, 1);
  machine.settle_for(seconds(5));
  machine.ill.clear();
  machine.settle_for(seconds(1));
  EXPECT_EQ(machine.served.text().front(), "api@v1* 127.0.0.1:20003");
}

TEST(ProcessWorkload, WhatCannotBeStartedIsSaidAndLeavesNoRecord) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.processes.broken["./v2/api"] = {ErrorKind::rejected, "starting ./v2/api: text"};
  const auto result = machine.bring_up(plans.workload, 10, "r2");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::rejected);
  EXPECT_EQ(result.error().message, "starting api-v2-1: starting ./v2/api: text");
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
}

TEST(ProcessWorkload, APortThatSomebodyElseHasIsNotGiven) {
  TestMachine machine;
  machine.taken = {20000, 20001, 20003};
  machine.install("v1");
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20002 127.0.0.1:20004"}));
}

TEST(ProcessWorkload, AFullDiskStartsNothing) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.disk.broken["/state/shop/logs/api-v2-1.log"] = {ErrorKind::unavailable, "disk full"};
  EXPECT_FALSE(machine.bring_up(plans.workload, 10, "r2"));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
  EXPECT_EQ(machine.instances().size(), 2U);
}

TEST(ProcessWorkload, TheEvidenceHasTheLogOfEachOfTheCanary) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  machine.settle_for(seconds(1));
  machine.disk.files["/state/shop/logs/api-v2-1.log"] = "one\n\x1b[31mtwo\n";
  machine.processes.end(1003, 2);
  const auto evidence = machine.await<ports::Evidence>(
      [&](auto reply) { machine.workload->evidence(plans.workload, std::move(reply)); });
  ASSERT_TRUE(evidence);
  EXPECT_EQ(evidence->lines,
            (Lines{"process api-v2-1, pid 1003, port 20002: process api-v2-1 ended with exit code "
                   "2; its last words: '\\\\x1b[31mtwo'",
                   "--- log of api-v2-1", "one", "\\x1b[31mtwo"}));
}

TEST(ProcessWorkload, ASplitterThatCannotBeAskedIsUnknownAndNotBad) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.served.broken = Error{ErrorKind::unavailable, "no splitter"};
  const auto state = machine.await<ports::WorkloadState>([&](auto reply) {
    machine.workload->observe(plans.workload, core::Weight::zero(), std::move(reply));
  });
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().message, "no splitter");
}

TEST(ProcessWorkload, LogsOfVersionsThatNobodyKnowsGo) {
  TestMachine machine;
  machine.install("v1");
  machine.disk.files["/state/shop/logs/api-v0-1.log"] = "old";
  machine.disk.files["/state/shop/logs/notes.txt"] = "a person's";
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_FALSE(machine.disk.files.contains("/state/shop/logs/api-v0-1.log"));
  EXPECT_TRUE(machine.disk.files.contains("/state/shop/logs/api-v1-1.log"));
  EXPECT_TRUE(machine.disk.files.contains("/state/shop/logs/notes.txt"));
}

}  // namespace
}  // namespace kai::edges
