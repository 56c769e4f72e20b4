#include <gtest/gtest.h>

#include "tests/fakes/test_machine.h"

namespace kai::edges {
namespace {

using fakes::TestMachine;
using Lines = std::vector<std::string>;
using State = core::ReleaseSeen::State;
using Helm = core::ReleaseSeen::Helm;

TEST(ProcessRelease, TheWayBackStartsTheOldVersionAgainAndServesIt) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  machine.processes.log.clear();
  ASSERT_TRUE(machine.revert(plans.release, "r2"));
  EXPECT_EQ(machine.processes.log,
            (Lines{"start ./v1/api --port=20004 --name=1", "start ./v1/api --port=20005 --name=2",
                   "signal 15 to 1003", "signal 15 to 1004"}));
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20004 127.0.0.1:20005"}));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 superseded", "2 v2 failed", "3 v1 deployed"}));
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
  const core::WorkloadSeen workload = machine.look(plans.workload, 10).seen;
  EXPECT_TRUE(workload.stable.ready && workload.stable_is_as_started);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.instances(), (Lines{"api-v1-1 stable", "api-v1-2 stable"}));
}

// The database of the old version was away, and is back: what failed then says nothing of now.
TEST(ProcessRelease, AWayBackThatFailedIsGoneAgain) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  machine.ill = {20004, 20005};
  ASSERT_FALSE(machine.revert(plans.release, "r2"));
  EXPECT_EQ(machine.served.text().front(), "api@v2* 127.0.0.1:20002 127.0.0.1:20003");
  machine.ill.clear();
  const auto back = machine.revert(plans.release, "r2");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
  EXPECT_TRUE(machine.served.text().front().starts_with("api@v1*"));
  EXPECT_EQ(machine.processes.alive().size(), 2U);
}

TEST(ProcessRelease, AWayBackIsFoundHoweverOftenTheSplitterDoesNotAnswer) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  ASSERT_TRUE(machine.upgrade(plans.release, "r2"));
  machine.served.broken = Error{ErrorKind::unavailable, "no splitter"};
  for (std::size_t i = 0; i < 2 * ReleaseFile::revisions_max; ++i)
    ASSERT_FALSE(machine.revert(plans.release, "r2"));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 superseded", "2 v2 deployed", "3 v1 pending"}));
  machine.served.broken.reset();
  const auto back = machine.revert(plans.release, "r2");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 superseded", "2 v2 failed", "3 v1 deployed"}));
}

TEST(ProcessRelease, SomebodyElsesRevisionIsNotGoneOver) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.install("v3");
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::superseded);
  const auto ended = machine.upgrade(plans.release, "r2");
  ASSERT_FALSE(ended);
  EXPECT_EQ(machine.served.text(), (Lines{"api@v3* 127.0.0.1:20002 127.0.0.1:20003"}));
}

TEST(ProcessRelease, ASplitterThatDoesNotAnswerLeavesTheReleaseInterrupted) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002};
  std::optional<Result<Unit>> ended;
  machine.release->upgrade(plans.release, "r2",
                           [&](Result<Unit> result) { ended = std::move(result); });
  machine.settle_for(std::chrono::seconds(1));
  machine.served.broken = Error{ErrorKind::unavailable, "no splitter"};
  machine.ill.clear();
  machine.settle_for(std::chrono::seconds(1));
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::failed);
  machine.served.broken.reset();
  ASSERT_TRUE(machine.revert(plans.release, "r2"));
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::reverted);
  EXPECT_EQ(machine.served.text().front(), "api@v1* 127.0.0.1:20000 127.0.0.1:20001");
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1001, 1002}));
}

// Whoever is killed at any write leaves nothing running that the file does not know, and the next
// owner brings the promotion to its end or takes it back.
TEST(ProcessRelease, ADiskThatFailsInAnyPlaceLosesNoProcess) {
  for (int allowed = 0; allowed < 12; ++allowed) {
    TestMachine machine;
    machine.install("v1");
    const auto plans = machine.plans("v2");
    machine.disk.log.clear();
    bool done = false;
    machine.release->upgrade(plans.release, "r2", [&](Result<Unit>) { done = true; });
    for (int i = 0; i < 400 && !done; ++i) {
      const auto writes = std::ranges::count_if(machine.disk.log, [](const std::string& line) {
        return line.find("release.json") != std::string::npos;
      });
      if (writes >= allowed)
        machine.disk.broken["/state/shop/release.json"] = {ErrorKind::unavailable, "disk full"};
      machine.timers.advance(std::chrono::milliseconds(50));
    }
    machine.disk.broken.clear();
    machine.restart();
    std::set<std::int64_t> known;
    for (const Instance& each : machine.file().instances) known.insert(each.process.pid);
    for (const std::int64_t pid : machine.processes.alive())
      EXPECT_TRUE(known.contains(pid)) << pid << " after " << allowed;
    EXPECT_TRUE(done) << allowed;
  }
}

// The rename happened, the sync failed: what the file says by then is what is served.
TEST(ProcessRelease, ADeploymentThatWasWrittenAllTheSameIsNotTakenBack) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.let_disk_fail_from_publishing(fakes::FailingDisk::Fault::after);
  ASSERT_FALSE(machine.upgrade(plans.release, "r2"));
  machine.failing.fault = fakes::FailingDisk::Fault::nothing;
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 superseded", "2 v2 deployed"}));
  EXPECT_EQ(machine.served.text().front(), "api@v1 127.0.0.1:20000 127.0.0.1:20001");
  EXPECT_EQ(machine.served.text().back(), "api@v2* 127.0.0.1:20002 127.0.0.1:20003");
  EXPECT_EQ(machine.processes.alive().size(), 4U);
  EXPECT_EQ(machine.seen(plans.release, "r2").state, State::upgraded);
  EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false));
  EXPECT_EQ(machine.instances(), (Lines{"api-v2-1 stable", "api-v2-2 stable"}));
}

TEST(ProcessRelease, NobodyIsTakenBackToAVersionThatIsGone) {
  TestMachine machine;
  machine.install("v1");
  machine.processes.end(1001, 1);
  machine.processes.end(1002, 1);
  const auto plans = machine.plans("v2");
  machine.let_disk_fail_from_publishing(fakes::FailingDisk::Fault::before);
  ASSERT_FALSE(machine.upgrade(plans.release, "r2"));
  EXPECT_EQ(machine.served.text().back(), "api@v2* 127.0.0.1:20002 127.0.0.1:20003");
  EXPECT_EQ(machine.processes.alive(), (std::vector<std::int64_t>{1003, 1004}));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 deployed", "2 v2 pending"}));
}

// What cannot be read is not an empty list, of which all are healthy.
TEST(ProcessRelease, NothingIsPublishedThatNobodyAsked) {
  TestMachine machine;
  machine.install("v1");
  const auto plans = machine.plans("v2");
  machine.ill = {20002, 20003};
  std::optional<Result<Unit>> ended;
  machine.release->upgrade(plans.release, "r2", [&](Result<Unit> result) { ended = result; });
  int reads = 0;
  machine.failing.before_read = [&] {
    // The last one before the processes are asked.
    const bool all_started = machine.processes.all().size() == 4;
    if (all_started && ++reads == 2)
      machine.disk.broken["/state/shop/release.json"] = {ErrorKind::unavailable, "no descriptors"};
    else
      machine.disk.broken.clear();
  };
  machine.settle_for(std::chrono::seconds(40));
  ASSERT_TRUE(ended && !*ended);
  EXPECT_EQ(machine.served.text(), (Lines{"api@v1* 127.0.0.1:20000 127.0.0.1:20001"}));
}

// Killed after any number of turns; the next owner looks, goes on or takes it back, and everything
// that runs is known and one whole version is served.
TEST(ProcessRelease, WhoeverTakesOverAPromotionEndsIt) {
  for (int turns = 0; turns < 80; ++turns) {
    TestMachine machine;
    machine.install("v1");
    const auto plans = machine.plans("v2");
    ASSERT_TRUE(machine.bring_up(plans.workload, 10, "r2"));
    machine.settle_for(std::chrono::seconds(1));
    machine.served.in_flight = 1;
    machine.release->upgrade(plans.release, "r2", [](Result<Unit>) {});
    for (int i = 0; i < turns; ++i) machine.timers.advance(std::chrono::milliseconds(10));
    machine.restart();
    machine.served.in_flight = 0;
    const State found = machine.seen(plans.release, "r2").state;
    if (found == State::as_started) {
      EXPECT_TRUE(machine.upgrade(plans.release, "r2")) << turns;
    } else if (found != State::upgraded) {
      EXPECT_EQ(found, State::failed) << turns;
      EXPECT_TRUE(machine.revert(plans.release, "r2")) << turns;
    }
    EXPECT_TRUE(machine.discard(plans.workload, "r2").value_or(false)) << turns;
    EXPECT_EQ(machine.processes.alive().size(), 2U) << turns;
    ASSERT_EQ(machine.instances().size(), 2U) << turns;
    ASSERT_EQ(machine.served.text().size(), 1U) << turns;
    const bool is_new = machine.seen(plans.release, "r2").state == State::upgraded;
    EXPECT_TRUE(machine.served.text().front().starts_with(is_new ? "api@v2*" : "api@v1*")) << turns;
    EXPECT_TRUE(machine.look(plans.workload, 10).seen.stable.ready) << turns;
  }
}

TEST(ProcessRelease, AFirstInstallThatFailsLeavesNothingRunning) {
  TestMachine machine;
  const auto plans = machine.plans("v1");
  machine.ill = {20001};
  ASSERT_FALSE(machine.upgrade(plans.release, "r1"));
  EXPECT_EQ(machine.processes.alive().size(), 0U);
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 failed"}));
  EXPECT_EQ(machine.seen(plans.release, "r1").state, State::failed);
  EXPECT_FALSE(machine.revert(plans.release, "r1"));
  machine.ill.clear();
  const auto again = machine.plan_release(TestMachine::plan("v1"));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->plan.first_install && again->findings.empty());
  EXPECT_EQ(machine.seen(again->plan.data, "r2").state, State::absent);
  ASSERT_TRUE(machine.upgrade(again->plan.data, "r2"));
  EXPECT_EQ(machine.revisions(), (Lines{"1 v1 failed", "2 v1 deployed"}));
  EXPECT_EQ(machine.instances().size(), 2U);
}

TEST(ProcessRelease, AFileThatIsNotOursIsNeverWrittenOver) {
  for (const std::string text :
       {"", "{", "{}", "[]", R"({"schema":2,"release":"shop"})",
        R"({"schema":1,"release":"other","revisions":[],"instances":[],"discarded":[]})",
        R"({"schema":1,"release":"shop","revisions":[{}],"instances":[],"discarded":[]})",
        R"({"schema":1,"release":"shop","revisions":[],"instances":[{"pid":1}],"discarded":[]})",
        R"({"schema":1,"release":"shop","revisions":[],"instances":[],"discarded":["../x"]})"}) {
    TestMachine machine;
    const auto plans = machine.plans("v1");
    machine.disk.files["/state/shop/release.json"] = text;
    EXPECT_FALSE(machine.plan_release(TestMachine::plan("v1"))) << text;
    EXPECT_FALSE(machine.upgrade(plans.release, "r1")) << text;
    EXPECT_EQ(machine.disk.files["/state/shop/release.json"], text);
    EXPECT_EQ(machine.processes.alive().size(), 0U);
  }
}

}  // namespace
}  // namespace kai::edges
