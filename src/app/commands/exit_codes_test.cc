// The exit code of every verb when all is well, when nothing is there, when the platform does not
// answer or may not be read, and when the words are wrong: the second table of docs/exit-codes.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;
using Words = std::vector<std::string>;

const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/exit-codes.md";

core::Record paused() {
  return fakes::because(
      fakes::with_weight(fakes::sample_record(core::Phase::paused, core::Stage::bake), 10),
      "paused", "paused by bob");
}

core::Record promoted() {
  core::Record record = fakes::sample_record(core::Phase::promoted, core::Stage::done);
  record.end = core::End::promoted;
  return fakes::because(record, "every_step_passed", "every service holds");
}

// A release with two good revisions and a failed one, a rollout that ended, and its history.
void fill(TestCluster& test) {
  test.store(promoted());
  test.store_entry("kai", "6e2j1", core::Phase::rolled_back, core::End::failed_on_evidence,
                   "api-server: 80% success, limit 95%", {"api-server-canary-0: cannot connect"});
  test.store_revision("kai", 1, "superseded", "Install complete");
  test.store_revision("kai", 2, "deployed", "Upgrade complete");
  test.process.on({"helm", "version"}).exit(0, "v4.0.4");
  test.process.on({"helm", "rollback"}).exit(0, "Rollback was a success!");
  test.disk.files["./chart/Chart.yaml"] = "name: kai\n";
  test.disk.files["./chart/values.yaml"] = "{}\n";
}

struct Case {
  std::string name;
  std::function<void(TestCluster&)> prepare;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"all is well", fill},
      {"nothing is there", [](TestCluster&) {}},
      {"the platform does not answer",
       [](TestCluster& test) {
         fill(test);
         test.kube.down = Error{ErrorKind::unavailable, "connection refused"};
       }},
      {"it may not be read",
       [](TestCluster& test) {
         fill(test);
         test.kube.refuses = {{"GET /api/v1/", 403}, {"GET /apis/", 403}};
       }},
  };
  return all;
}

struct Row {
  std::string verb;
  Words words;
  Words wrong;  // words that no cluster is asked about
};

const std::vector<Row>& rows() {
  static const Words tag{"--tag=v1.2.3"};
  static const std::vector<Row> all = {
      {"deploy --dry-run=client",
       {"deploy", "kai", "./chart", "--tag=v1.2.3", "--dry-run=client"},
       {"deploy", "kai"}},
      {"status", {"status", "kai"}, {"status", "kai", "more"}},
      {"status -w", {"status", "kai", "-w"}, {"status", "-w", "--tag=v1"}},
      {"list", {"list"}, {"list", "kai"}},
      {"history", {"history", "kai"}, {"history", "kai", "-o", "xml"}},
      {"logs", {"logs", "kai"}, {"logs"}},
      {"report", {"report", "kai"}, {"report", "no.jsonl"}},
      {"pause", {"pause", "kai"}, {"pause", "kai", "now"}},
      {"resume", {"resume", "kai"}, {"resume", "kai", "--color=blue"}},
      {"promote", {"promote", "kai"}, {"promote", "kai", "--events=/no/such"}},
      {"abort", {"abort", "kai"}, {"abort", "kai", "--steps=10"}},
      {"releases", {"releases"}, {"releases", "kai"}},
      {"versions", {"versions", "kai"}, {"versions", "kai", "-o", "wide"}},
      {"rollback", {"rollback", "kai"}, {"rollback", "kai", "newest"}},
      {"config view", {"config", "view"}, {"config", "show"}},
      {"config validate", {"config", "validate"}, {"config", "validate", "--interval=soon"}},
      {"completion", {"completion", "bash"}, {"completion", "csh"}},
      {"version", {"version"}, {"version", "-o", "name"}},
      {"help", {"help", "status"}, {"help", "stauts"}},
  };
  return all;
}

int code_of(const Words& words, const std::function<void(TestCluster&)>& prepare) {
  TestCluster test;
  prepare(test);
  test.disk.broken.emplace("/no/such", Error{ErrorKind::rejected, "opening /no/such: denied"});
  const int code = test.run(words);
  EXPECT_TRUE(code == 0 || !test.err.empty()) << words[0] << ": an error without a sentence";
  return code;
}

TEST(ExitCodes, EveryVerbInEveryCaseAsTheManualHasIt) {
  std::string table = "| Verb |";
  std::string line = "\n| --- |";
  for (const Case& each : cases()) {
    table += " " + each.name + " |";
    line += " --- |";
  }
  table += " wrong words |" + line + " --- |\n";
  for (const Row& row : rows()) {
    table += "| `" + row.verb + "` |";
    for (const Case& each : cases())
      table += fmt::format(" {} |", code_of(row.words, each.prepare));
    table += fmt::format(" {} |\n", code_of(row.wrong, fill));
  }
  fakes::expect_golden_part(page, "verbs", table);
}

TEST(ExitCodes, NoVerbIsForgottenInTheTable) {
  std::set<std::string> shown;
  for (const Row& row : rows()) shown.insert(row.words.front());
  for (const Verb& verb : all_verbs()) {
    // They run a rollout, or look at everything that one needs; the table of ends and the page
    // about backtests have their codes.
    const bool runs = verb.name == "helm-deploy" || verb.name == "plan" || verb.name == "backtest";
    EXPECT_EQ(shown.contains(std::string(verb.name)), !runs) << verb.name;
  }
}

TEST(ExitCodes, WrongWordsAskNoCluster) {
  for (const Row& row : rows()) {
    TestCluster test;
    test.disk.broken.emplace("/no/such", Error{ErrorKind::rejected, "denied"});
    EXPECT_EQ(test.run(row.wrong), 2) << row.verb << ": " << test.err;
    EXPECT_TRUE(test.http.log().empty()) << row.verb;
    EXPECT_TRUE(test.out.empty()) << row.verb;
  }
}

TEST(ExitCodes, StatusOfARolloutIsZeroAndOfItsEndTheCodeOfTheEnd) {
  TestCluster test;
  test.store(paused());
  EXPECT_EQ(test.run({"status", "kai"}), 0);
  EXPECT_EQ(test.run({"status", "kai", "-w"}), 11);
}

}  // namespace
}  // namespace kai::app
