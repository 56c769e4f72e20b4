// pause, resume, promote and abort against a cluster in memory, where somebody else owns the
// rollout.
#include <gtest/gtest.h>

#include "app/screen/exit_codes.h"
#include "codec/json.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using core::Phase;
using core::Stage;
using fakes::because;
using fakes::sample_record;
using fakes::TestCluster;
using fakes::with_weight;

const std::string record_path = TestCluster::maps + "kai-canary-kai";

core::Record baking() { return with_weight(sample_record(Phase::progressing, Stage::bake), 10); }

core::Record stored_in(const TestCluster& test) {
  const Tree* const object = test.kube.find(record_path);
  const auto tree = codec::parse_json(object->text_or("/data/record", ""));
  return core::record_from(*tree).value();
}

// Does what a person's command asks as soon as it is there, as the owner would.
struct Owner {
  TestCluster& test;
  std::function<core::Record(core::Record)> obey;
  std::function<void()> look = {};

  void start() {
    test.hold("kai", "bob");
    look = [this] {
      core::Record record = stored_in(test);
      if (record.inbox.empty() || ++turns < 100) {  // it has other things to do first
        test.loop.at(test.steady.now(), look);
        return;
      }
      record.obeyed.push_back(record.inbox.front().id);
      commands.push_back(record.inbox.front());
      record.inbox.clear();
      test.store(obey(std::move(record)));
    };
    test.loop.at(test.steady.now(), look);
  }
  std::vector<core::Command> commands = {};
  int turns = 0;
};

core::Record paused(core::Record record) {
  record.phase = Phase::paused;
  return because(record, "paused", "paused by ann");
}

core::Record aborted(core::Record record) {
  record.phase = Phase::rolled_back;
  record.stage = Stage::done;
  record.settled = true;
  record.end = core::End::aborted;
  record.authorised = core::Weight::zero();
  return because(record, "aborted", "aborted by ann");
}

TEST(Control, ACommandGoesToTheOwnerWhoObeys) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, paused};
  owner.start();
  EXPECT_EQ(test.run({"pause", "kai"}), 0) << test.err;
  ASSERT_EQ(owner.commands.size(), 1U);
  EXPECT_EQ(owner.commands.front().verb, core::Verb::pause);
  EXPECT_EQ(owner.commands.front().who, "ann");
  EXPECT_EQ(test.out, "paused: paused by ann\n");
  EXPECT_TRUE(test.err.starts_with("sent to the owner of the rollout: held by bob@ci")) << test.err;
}

// An owner takes each command, also where it means nothing: that is not what was asked for.
TEST(Control, ACommandWithoutAnEffectIsNotSaidToBeDone) {
  const auto as_it_was = [](core::Record record) { return record; };
  for (const char* const verb : {"pause", "promote"}) {
    TestCluster test;
    test.store(baking());
    Owner owner{test, as_it_was};
    owner.start();
    EXPECT_EQ(test.run({verb, "kai"}), exit_refused) << test.err;
    EXPECT_TRUE(test.out.starts_with(std::string("NOT DONE: ") + verb + " has no effect now"))
        << test.out;
  }
}

TEST(Control, AnAbortWaitsForTheEnd) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, aborted};
  owner.start();
  EXPECT_EQ(test.run({"abort", "kai"}), 20) << test.err;
  EXPECT_TRUE(test.out.starts_with("ABORTED after 12m41s: aborted by ann")) << test.out;
}

TEST(Control, TheResultIsDataForThoseWhoAskForIt) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, aborted};
  owner.start();
  EXPECT_EQ(test.run({"abort", "kai", "-o", "jsonpath={.kind} {.exitCode} {.reason.code}"}), 20);
  EXPECT_EQ(test.out, "RolloutResult 20 aborted");
}

TEST(Control, AResultIsAsTheManualHasIt) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, aborted};
  owner.start();
  EXPECT_EQ(test.run({"abort", "kai", "-o", "json"}), 20);
  fakes::expect_golden_block(std::string(KAI_SOURCE_DIR) + "/docs/output.md", "RolloutResult",
                             "json", test.out);
}

TEST(Control, NothingUnderWayIsNoError) {
  for (const bool ended : {false, true}) {
    TestCluster test;
    if (ended) test.store(aborted(baking()));
    for (const std::string verb : {"pause", "resume", "promote", "abort"}) {
      EXPECT_EQ(test.run({verb, "kai"}), 0) << test.err;
      EXPECT_EQ(test.out, "nothing to " + verb + ": no rollout of kai is under way\n");
    }
    EXPECT_TRUE(test.kube.log.empty()) << test.kube.log.front();
  }
}

TEST(Control, AnAnswerThatNeverComesIsNotConfirmed) {
  TestCluster test;
  test.store(baking());
  test.step = std::chrono::seconds(1);
  // Alive, but deaf: the lease is renewed again and again.
  std::function<void()> renew = [&] {
    test.hold("kai");
    test.loop.at(test.steady.now(), renew);
  };
  test.loop.at(test.steady.now(), renew);
  EXPECT_EQ(test.run({"pause", "kai"}), 64);
  EXPECT_EQ(test.out,
            "NOT CONFIRMED: the command was sent, but nobody obeyed it within 10m00s; look with: "
            "kai-canary status kai\n");
}

TEST(Control, AChangeInTheSameMomentIsTriedAgain) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, paused};
  owner.start();
  test.kube.conflicts = 2;
  EXPECT_EQ(test.run({"pause", "kai"}), 0) << test.err;
  EXPECT_EQ(owner.commands.size(), 1U);
}

TEST(Control, ARecordThatMayNotBeWrittenIsAnErrorAndNothingIsSaidToBeDone) {
  TestCluster test;
  test.store(baking());
  test.kube.refuses["PUT " + record_path] = 403;
  EXPECT_EQ(test.run({"abort", "kai"}), 3);
  EXPECT_EQ(test.out, "");
  EXPECT_TRUE(test.err.starts_with("kai-canary: cannot send the command: ")) << test.err;
}

TEST(Control, EventsMakeNoFileWhenSomebodyElseRunsTheRollout) {
  TestCluster test;
  test.store(baking());
  Owner owner{test, paused};
  owner.start();
  EXPECT_EQ(test.run({"pause", "kai", "--events=/e.jsonl"}), 0) << test.err;
  EXPECT_FALSE(test.disk.files.contains("/e.jsonl"));
}

}  // namespace
}  // namespace kai::app
