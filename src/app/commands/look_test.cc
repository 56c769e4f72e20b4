// status, list, history and logs against a cluster in memory.
#include <gtest/gtest.h>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/readable_codes.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using core::End;
using core::Phase;
using core::Stage;
using fakes::because;
using fakes::sample_record;
using fakes::TestCluster;
using fakes::with_weight;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";
const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/output.md";

core::Record baking() {
  core::Record record = with_weight(sample_record(Phase::progressing, Stage::bake), 25);
  record.step = 1;
  record.bake_credit = std::chrono::minutes(2);
  return record;
}

core::Record paused() {
  return because(with_weight(sample_record(Phase::paused, Stage::bake), 10), "unknown_budget_spent",
                 "cannot measure for 5m00s: prometheus http://prom:9090: connection refused");
}

core::Record over(Phase phase, End end, const std::string& code, const std::string& sentence) {
  core::Record record = because(sample_record(phase, Stage::done), code, sentence);
  record.end = end;
  return record;
}

core::Record rolled_back() {
  return over(Phase::rolled_back, End::failed_on_evidence, "below_success_threshold",
              "api-server: 80% success, limit 95%");
}

core::Record of_release(core::Record record, const std::string& release) {
  record.plan.target.release = release;
  return record;
}

TEST(Status, EveryStateAsPeopleSeeIt) {
  struct Screen {
    std::string title;
    std::optional<core::Record> record;
    bool held = false;
  };
  core::Record blind = baking();
  blind.unknown_spent = std::chrono::seconds(70);
  std::string text;
  for (const Screen& screen :
       {Screen{"nobody ever rolled out", std::nullopt}, Screen{"somebody runs it", baking(), true},
        Screen{"it cannot measure", blind, true},
        Screen{"pods start", sample_record(Phase::progressing, Stage::bring_up), true},
        Screen{"its owner died", baking()}, Screen{"paused", paused()},
        Screen{"waits for a promotion",
               because(with_weight(sample_record(Phase::paused, Stage::bake), 50),
                       "waits_for_promotion", "every check passed; waits for a person to promote")},
        Screen{"on the way out",
               because(with_weight(sample_record(Phase::rolled_back, Stage::drain), 0),
                       "below_success_threshold", "api-server: 80% success, limit 95%"),
               true},
        Screen{"promoted",
               over(Phase::promoted, End::promoted, "every_step_passed", "every service holds")},
        Screen{"rolled back", rolled_back()}}) {
    TestCluster test;
    if (screen.record) test.store(*screen.record);
    if (screen.held) test.hold("kai");
    EXPECT_EQ(test.run({"status", "kai"}), 0) << test.err;
    EXPECT_EQ(test.err, "");
    text += "== " + screen.title + "\n" + test.out;
  }
  fakes::expect_golden(screens + "status.txt", text);
}

TEST(Status, FormsForMachinesAreAsTheManualHasThem) {
  TestCluster test;
  test.store(paused());
  EXPECT_EQ(test.run({"status", "kai", "-o", "json"}), 0);
  fakes::expect_golden_block(page, "RolloutStatus", "json", test.out);
  EXPECT_EQ(test.run({"status", "kai", "-o", "yaml"}), 0);
  fakes::expect_golden_block(page, "yaml", "yaml", test.out);
  EXPECT_EQ(test.run({"status", "kai", "-o", "wide"}), 0);
  EXPECT_NE(test.out.find("record    epoch 3, seq 17, schema 1\n"), std::string::npos) << test.out;
  EXPECT_EQ(test.run({"status", "kai", "-o", "name"}), 0);
  EXPECT_EQ(test.out, "kai\n");
  EXPECT_EQ(test.run({"status", "kai", "-o", "jsonpath={.phase} at {.weightPercent}{\"\\n\"}"}), 0);
  EXPECT_EQ(test.out, "paused at 10\n");
}

TEST(Status, NamesNothingWhereNothingIs) {
  TestCluster test;
  EXPECT_EQ(test.run({"status", "kai", "-o", "name"}), 0);
  EXPECT_EQ(test.out, "");
  EXPECT_EQ(test.run({"status", "kai", "-o", "jsonpath={.state}"}), 0);
  EXPECT_EQ(test.out, "none");
}

TEST(Status, WatchingEndsWithTheRolloutAndItsCode) {
  TestCluster test;
  test.store(baking());
  test.hold("kai");
  int turns = 0;
  std::function<void()> later = [&] {
    if (++turns == 100) test.store(rolled_back());
    if (turns < 100) test.loop.at(test.steady.now(), later);
  };
  test.loop.at(test.steady.now(), later);
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 10);
  EXPECT_NE(test.out.find("shop/kai: running: step 2/3"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("shop/kai: rolled back"), std::string::npos) << test.out;
}

TEST(Status, WatchingARolloutThatNobodyRunsEndsAndSaysSo) {
  TestCluster test;
  test.store(baking());
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 64);
  EXPECT_NE(test.out.find("shop/kai: left alone, nobody runs it"), std::string::npos) << test.out;
  EXPECT_NE(test.out.find("kai-canary resume kai"), std::string::npos) << test.out;
  EXPECT_EQ(test.out.find("nobody runs it"), test.out.rfind("nobody runs it")) << "told once";
}

// A lease goes on naming whoever was killed.
TEST(Status, WatchingARolloutWhoseOwnerGivesNoSignOfLifeEndsToo) {
  TestCluster test;
  test.store(baking());
  test.hold("kai");
  test.step = std::chrono::milliseconds(500);
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 64);
  const std::size_t running = test.out.find("shop/kai: running");
  EXPECT_NE(running, std::string::npos) << test.out;
  EXPECT_GT(test.out.find("shop/kai: left alone, nobody runs it"), running) << test.out;
}

TEST(Status, WatchingGoesOnAsLongAsTheOwnerSavesOrRenews) {
  TestCluster test;
  test.step = std::chrono::milliseconds(500);
  core::Record record = baking();
  test.store(record);
  test.hold("kai");
  int turns = 0;
  std::function<void()> later = [&] {
    record.total += std::chrono::seconds(1);
    if (++turns < 500 && turns % 30 == 0) test.store(record);
    if (turns >= 500 && turns % 30 == 0) test.hold("kai");
    if (turns == 1000) test.store(rolled_back());
    if (turns < 1000) test.loop.at(test.steady.now(), later);
  };
  test.loop.at(test.steady.now(), later);
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 10) << test.out;
}

TEST(Status, WatchingGoesOnWhenAnotherTakesTheRolloutOver) {
  TestCluster test;
  test.store(baking());
  int turns = 0;
  std::function<void()> later = [&] {
    if (++turns == 10) test.hold("kai");
    if (turns == 200) test.store(rolled_back());
    if (turns < 200) test.loop.at(test.steady.now(), later);
  };
  test.loop.at(test.steady.now(), later);
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 10) << test.out;
}

TEST(Status, ARecordThatCannotBeReadIsAnErrorThatNamesIt) {
  TestCluster test;
  test.store(paused());
  test.kube.objects.at(TestCluster::maps + "kai-canary-kai").set_at("/data/record", "{");
  EXPECT_EQ(test.run({"status", "kai"}), 3);
  EXPECT_TRUE(test.err.starts_with("kai-canary: cannot read the record of this release: "))
      << test.err;
  EXPECT_EQ(test.out, "");
}

TEST(Status, WithoutAKubeconfigItSaysWhereItLooked) {
  TestCluster test;
  test.disk.files.clear();
  EXPECT_EQ(test.run({"status", "kai"}), 3);
  EXPECT_NE(test.err.find(".kube/config"), std::string::npos) << test.err;
}

TEST(List, TheNewestRolloutOfEachRelease) {
  TestCluster test;
  test.store(baking());
  test.store(of_release(paused(), "billing"));
  test.store(of_release(rolled_back(), "cart"));
  test.store(of_release(
      because(with_weight(sample_record(Phase::rolled_back, Stage::zero), 0), "x", "y"), "web"));
  EXPECT_EQ(test.run({"list"}), 0);
  std::string text = "== list\n" + test.out;
  EXPECT_EQ(test.run({"list", "-o", "wide"}), 0);
  text += "== list -o wide\n" + test.out;
  EXPECT_EQ(test.run({"list", "-o", "name"}), 0);
  text += "== list -o name\n" + test.out;
  EXPECT_EQ(test.run({"list", "--no-headers", "--color=always"}), 0);
  text += "== list --no-headers --color=always\n" + fakes::readable_codes(test.out);
  fakes::expect_golden(screens + "list.txt", text);
  EXPECT_EQ(test.run({"list", "-o", "json"}), 0);
  EXPECT_TRUE(test.out.starts_with(
      "{\n  \"apiVersion\": \"kai-canary.dev/v1\",\n  \"kind\": \"RolloutList\""))
      << test.out;
  EXPECT_EQ(test.run({"list", "-o", "jsonpath={.items[*].release} {.unreadable}"}), 0);
  EXPECT_EQ(test.out, "billing cart kai web []");
  EXPECT_EQ(test.run({"list", "-o", "jsonpath={.items[2].state}"}), 0);
  EXPECT_EQ(test.out, "under way") << "nobody was asked whether somebody runs it";
}

TEST(List, NothingIsSaidOnTheSideSoThatAPipeGetsNothing) {
  TestCluster test;
  EXPECT_EQ(test.run({"list"}), 0);
  EXPECT_EQ(test.out, "");
  EXPECT_EQ(test.err, "no rollout was ever started here\n");
}

TEST(List, WhatCannotBeReadIsNamedAndHidesNothing) {
  TestCluster test;
  test.store(paused());
  test.store(of_release(paused(), "cart"));
  test.kube.objects.at(TestCluster::maps + "kai-canary-cart").set_at("/data/record", "{");
  EXPECT_EQ(test.run({"list", "--no-headers"}), 0);
  EXPECT_NE(test.out.find("kai"), std::string::npos);
  EXPECT_TRUE(
      test.err.starts_with("warning: 1 entry could not be read:\n"
                           "  ConfigMap shop/kai-canary-cart: "))
      << test.err;
}

TEST(History, RolloutsThatEndedNewestFirst) {
  TestCluster test;
  test.store_entry("kai", "6e2j1", Phase::rolled_back, End::failed_on_evidence,
                   "api-server: 80% success, limit 95%");
  test.store_entry("kai", "5d1h0", Phase::promoted, End::promoted, "every service holds");
  EXPECT_EQ(test.run({"history", "kai"}), 0);
  std::string text = "== history\n" + test.out;
  EXPECT_EQ(test.run({"history", "kai", "-o", "wide"}), 0);
  text += "== history -o wide\n" + test.out;
  EXPECT_EQ(test.run({"history", "kai", "-o", "name"}), 0);
  text += "== history -o name\n" + test.out;
  EXPECT_EQ(test.run({"history", "none"}), 0);
  text += "== history of a release without any\n" + test.out;
  fakes::expect_golden(screens + "history.txt", text);
  EXPECT_EQ(test.run({"history", "kai", "-o", "json"}), 0);
  fakes::expect_golden_block(page, "RolloutHistory", "json", test.out);
}

TEST(History, WhatCannotBeReadIsCountedAndNamed) {
  TestCluster test;
  test.store_entry("kai", "5d1h0", Phase::promoted, End::promoted, "every service holds");
  for (const std::string id : {"a", "b", "c", "d"}) test.store_entry("kai", id, "{}");
  EXPECT_EQ(test.run({"history", "kai", "--no-headers"}), 0);
  EXPECT_EQ(fakes::lines_of(test.out).size(), 1U) << test.out;
  EXPECT_TRUE(test.err.starts_with("warning: 4 entries could not be read:\n")) << test.err;
  EXPECT_TRUE(test.err.ends_with("  and 1 more\n")) << test.err;
  EXPECT_EQ(test.run({"history", "kai", "-o", "jsonpath={.unreadable[0]}"}), 0);
  EXPECT_TRUE(test.out.starts_with("ConfigMap shop/kai-canary-kai.a: ")) << test.out;
}

TEST(History, OnlyUnreadableEntriesAreNotSaidToBeNone) {
  TestCluster test;
  test.store_entry("kai", "a", "{}");
  EXPECT_EQ(test.run({"history", "kai"}), 0);
  EXPECT_EQ(test.out, "no rollout of this release can be shown\n");
}

TEST(Logs, WhatWasKeptOfTheNewestFailedCanary) {
  TestCluster test;
  test.store_entry("kai", "6e2j1", Phase::rolled_back, End::failed_on_evidence,
                   "api-server: 80% success, limit 95%", {"api-server-canary-0: no route"});
  for (const std::string word : {"kai", "6e2j1"}) {
    EXPECT_EQ(test.run({"logs", word}), 0) << test.err;
    EXPECT_EQ(test.out,
              "rollout 6e2j1 of kai: rolled back 26h52m ago: api-server: 80% success, limit 95%\n"
              "api-server-canary-0: no route\n");
  }
  EXPECT_EQ(test.run({"logs", "kai", "-o", "jsonpath={.lines[*]}"}), 0);
  EXPECT_EQ(test.out, "api-server-canary-0: no route");
  EXPECT_EQ(test.run({"logs", "kai", "-o", "json"}), 0);
  fakes::expect_golden_block(page, "RolloutLogs", "json", test.out);
}

TEST(Logs, NothingKeptIsAMistakeInTheWord) {
  TestCluster test;
  EXPECT_EQ(test.run({"logs", "kia"}), 2);
  EXPECT_TRUE(test.err.starts_with("kai-canary: nothing is kept of 'kia' in namespace shop: "))
      << test.err;
}

// Whatever is stored in a cluster was written by somebody else.
TEST(Look, NoEscapeSequenceFromOutsideReachesTheTerminal) {
  const std::string evil =
      "\x1b]0;owned\x07\x1b[2J\xc2\x9b"
      "31mx\xe2\x80\xae";
  TestCluster test;
  core::Record record = because(paused(), "x", evil);
  record.stable_version = record.canary_version = record.rollout = evil;
  test.store(record);
  test.store_entry("kai", "6e2j1", Phase::rolled_back, End::failed_on_evidence, evil, {evil});
  test.store_entry("kai", "bad", "{\"rollout\": \"\x1b[2J\"");
  test.store_revision("kai", 1, "deployed", evil);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status", "kai"},
        {"status", "kai", "-o", "wide"},
        {"status", "kai", "-o", "json"},
        {"status", "kai", "-o", "yaml"},
        {"status", "kai", "-o", "jsonpath={.reason.sentence} {.reason}"},
        {"list"},
        {"list", "-o", "wide"},
        {"list", "-o", "json"},
        {"history", "kai"},
        {"history", "kai", "-o", "json"},
        {"logs", "kai"},
        {"logs", "kai", "-o", "json"},
        {"logs", evil},
        {"releases"},
        {"releases", "-o", "json"},
        {"versions", "kai"},
        {"versions", "kai", "-o", "yaml"}}) {
    test.run(words);
    for (const std::string_view code : {"\x1b", "\x07", "\xc2\x9b"}) {
      EXPECT_EQ((test.out + test.err).find(code), std::string::npos)
          << words[0] << ": " << test.out << test.err;
    }
  }
}

}  // namespace
}  // namespace kai::app
