// deploy and plan up to the point where a rollout would run, against a cluster in memory.
#include <gtest/gtest.h>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";

struct Deploy : ::testing::Test {
  TestCluster test;

  Deploy() {
    test.disk.files["./chart/Chart.yaml"] = "name: kai\n";
    test.disk.files["./chart/values.yaml"] = "canary:\n  services:\n  - name: api-server\n";
  }
  int run(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"deploy", "kai", "./chart", "--tag=v1.2.3"};
    words.insert(words.end(), more.begin(), more.end());
    return test.run(words);
  }
};

TEST_F(Deploy, ADryRunOfTheClientSaysOnlyWhatItChecked) {
  EXPECT_EQ(run({"--dry-run=client"}), 0) << test.err;
  EXPECT_TRUE(test.http.log().empty() && test.process.log().empty());
  EXPECT_EQ(test.out.find("could start\n"), std::string::npos) << test.out;
  fakes::expect_golden(screens + "plan_client.txt", test.out);
  EXPECT_EQ(run({"--dry-run=client", "-o", "json"}), 0);
  EXPECT_EQ(test.out.find("couldStart"), std::string::npos) << "nobody knows";
}

TEST_F(Deploy, AnUpgradeWithoutACanaryHasNoData) {
  EXPECT_EQ(run({"--no-canary", "-o", "json"}), 2) << test.err;
  EXPECT_EQ(test.err, "--output: an upgrade without a canary has table alone\n");
  EXPECT_TRUE(test.http.log().empty());
}

TEST_F(Deploy, ADryRunHasNothingToReport) {
  for (const std::string option : {"--report", "--events"}) {
    EXPECT_EQ(run({"--dry-run=client", option + "=told.jsonl"}), 2);
    EXPECT_EQ(test.err, option + ": a dry run rolls nothing out that could be told there\n");
    EXPECT_FALSE(test.disk.files.contains("told.jsonl"));
    test.err.clear();
  }
}

TEST_F(Deploy, EveryMistakeIsToldAtOnce) {
  EXPECT_EQ(run({"--interval=soon", "--canary-weight=120", "--dry-run=maybe"}), 2);
  EXPECT_NE(test.err.find("--interval: "), std::string::npos) << test.err;
  EXPECT_NE(test.err.find("--canary-weight: "), std::string::npos) << test.err;
  EXPECT_EQ(run({"--dry-run=maybe"}), 2);
  EXPECT_EQ(test.err, "--dry-run: 'maybe' is neither client nor server\n");
  EXPECT_TRUE(test.http.log().empty());
}

TEST_F(Deploy, AnotherRolloutHoldsTheRelease) {
  test.store(
      fakes::with_weight(fakes::sample_record(core::Phase::progressing, core::Stage::bake), 10));
  test.hold("kai");
  EXPECT_EQ(run(), 5);
  EXPECT_NE(test.err.find("kai-canary: another rollout holds this release\n"
                          "shop/kai: running: step 1/3"),
            std::string::npos)
      << test.err;
  EXPECT_NE(test.err.find("holder    bob@ci process 7"), std::string::npos) << test.err;
  EXPECT_EQ(test.out, "");
  EXPECT_TRUE(test.kube.log.empty());
}

TEST_F(Deploy, AClusterThatDoesNotAnswerIsToldAndNothingIsWritten) {
  test.kube.down = Error{ErrorKind::unavailable, "connection refused"};
  EXPECT_EQ(run(), 3);
  EXPECT_TRUE(test.err.starts_with("kai-canary: cannot reach the cluster: ")) << test.err;
  EXPECT_TRUE(test.kube.log.empty());
}

TEST_F(Deploy, WithoutAMetricSourceNothingCouldBeMeasured) {
  test.disk.files["./chart/values.yaml"] =
      "canary: {services: [{name: api-server}], metrics: {prometheus: {enabled: false}}}\n";
  EXPECT_EQ(run(), 6);
  EXPECT_TRUE(test.http.log().empty());
}

TEST_F(Deploy, WhatCannotStartSaysWhyAndMakesNoFileOfEvents) {
  EXPECT_EQ(run({"--events=/e.jsonl"}), 4) << test.err;
  EXPECT_FALSE(test.disk.files.contains("/e.jsonl"));
  EXPECT_NE(test.err.find("refused "), std::string::npos) << test.err;
  EXPECT_TRUE(test.kube.log.empty()) << test.kube.log.front();
}

TEST_F(Deploy, APlanThatCouldNotStartSaysItFirst) {
  EXPECT_EQ(test.run({"plan", "kai", "./chart", "--tag=v1.2.3"}), 4) << test.err;
  EXPECT_TRUE(test.out.starts_with("kai: a rollout could not start\nrefused ")) << test.out;
}

}  // namespace
}  // namespace kai::app
