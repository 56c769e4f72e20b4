// version, completion, config, help, and what every verb does with the options of output.
#include <gtest/gtest.h>

#include "tests/fakes/golden_file.h"
#include "tests/fakes/readable_codes.h"
#include "tests/fakes/sample_rollout.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";

TEST(Help, OfTheProgramAndOfEachVerb) {
  TestCluster test;
  EXPECT_EQ(test.run({"help"}), 0);
  std::string text = "== help\n" + test.out;
  for (const Verb& verb : all_verbs()) {
    EXPECT_EQ(test.run({std::string(verb.name), "--help"}), 0) << verb.name;
    text += "== " + std::string(verb.name) + " --help\n" + test.out;
    const std::string by_verb = test.out;
    EXPECT_EQ(test.run({"help", std::string(verb.name)}), 0);
    EXPECT_EQ(test.out, by_verb);
  }
  fakes::expect_golden(screens + "help.txt", text);
}

TEST(Help, OfAVerbThatIsNoneSuggestsOne) {
  TestCluster test;
  EXPECT_EQ(test.run({"help", "stauts"}), 2);
  EXPECT_EQ(test.err, "kai-canary: 'stauts' is no verb; did you mean status?\n");
}

TEST(Version, AsTextAndAsData) {
  TestCluster test;
  EXPECT_EQ(test.run({"version"}), 0);
  EXPECT_TRUE(test.out.starts_with("kai-canary ")) << test.out;
  const std::string version = test.out.substr(11, test.out.size() - 12);
  EXPECT_EQ(test.run({"--version"}), 0);
  EXPECT_EQ(test.run({"version", "-o", "jsonpath={.version}"}), 0);
  EXPECT_EQ(test.out, version);
}

TEST(Completion, KnowsEveryVerbAndNoOptionThatIsNotThereYet) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    TestCluster test;
    EXPECT_EQ(test.run({"completion", shell}), 0);
    for (const Verb& verb : all_verbs())
      EXPECT_NE(test.out.find(verb.name), std::string::npos) << shell << verb.name;
    EXPECT_EQ(test.out.find("--steal"), std::string::npos) << shell;
  }
}

TEST(Config, ViewSaysWhereEachValueComesFrom) {
  TestCluster test;
  test.app.environment["KAI_CANARY_INTERVAL"] = "10s";
  test.app.environment["IMAGE_TAG"] = "v1.2.3";
  test.disk.files["./chart/values.yaml"] =
      "canary:\n  weight: 20\n  analysis:\n    threshold:\n      success: 98\n";
  EXPECT_EQ(test.run({"config", "view", "--origin", "--chart=./chart", "--namespace=shop"}), 0)
      << test.err;
  std::string text = "== config view --origin\n" + test.out;
  EXPECT_EQ(test.run({"config", "view", "--chart=./chart", "--no-headers"}), 0);
  text += "== config view --no-headers\n" + test.out;
  fakes::expect_golden(screens + "config.txt", text);
  EXPECT_EQ(test.run({"config", "view", "--chart=./chart", "-o",
                      "jsonpath={range .items[*]}{.option}={.value}{\"\\n\"}{end}"}),
            0);
  EXPECT_NE(test.out.find("\nhealth-threshold=98\n"), std::string::npos) << test.out;
}

TEST(Config, ValidateNamesEveryMistake) {
  TestCluster test;
  EXPECT_EQ(test.run({"config", "validate", "--interval=soon", "--canary-weight=120"}), 2);
  EXPECT_NE(test.err.find("--interval: "), std::string::npos) << test.err;
  EXPECT_NE(test.err.find("--canary-weight: "), std::string::npos) << test.err;
  EXPECT_EQ(test.run({"config", "validate"}), 0) << test.err;
  EXPECT_EQ(test.out, "no mistake was found; the cluster was not asked\n");
  EXPECT_EQ(test.run({"config", "validate", "-o", "json"}), 2) << "it has no data";
  EXPECT_EQ(test.out, "");
}

TEST(Output, WordsThatNobodyKnowsAreRefusedByEveryVerb) {
  TestCluster test;
  for (const Verb& verb : all_verbs()) {
    std::vector<std::string> words{std::string(verb.name)};
    for (std::size_t i = 0; i < verb.words_min; ++i) words.emplace_back("x");
    for (const std::string wrong : {"--color=blue", "--log-format=xml", "--output=xml"}) {
      words.push_back(wrong);
      EXPECT_EQ(test.run(words), 2) << verb.name << wrong;
      EXPECT_NE(test.err.find("is none of "), std::string::npos) << test.err;
      EXPECT_TRUE(test.http.log().empty());
      words.pop_back();
    }
  }
}

TEST(Output, AFormThatTheVerbDoesNotHaveNamesThoseThatItHas) {
  TestCluster test;
  EXPECT_EQ(test.run({"version", "-o", "wide"}), 2);
  EXPECT_EQ(test.err,
            "--output: 'wide' is none of table|json|yaml|jsonpath=TEMPLATE, which version has\n");
  EXPECT_EQ(test.run({"status", "-o", "jsonpath={..x}"}), 2);
  EXPECT_TRUE(test.err.starts_with("--output: jsonpath: cannot read '..x}'; what works: "))
      << test.err;
}

TEST(Output, TheVariableOfAnOptionCountsUnlessTheOptionIsThere) {
  TestCluster test;
  test.app.environment["KAI_CANARY_OUTPUT"] = "json";
  EXPECT_EQ(test.run({"version"}), 0);
  EXPECT_TRUE(test.out.starts_with("{")) << test.out;
  EXPECT_EQ(test.run({"version", "-o", "table"}), 0);
  EXPECT_TRUE(test.out.starts_with("kai-canary ")) << test.out;
}

TEST(Output, AnOptionThatTheVerbDoesNotUseIsRefused) {
  TestCluster test;
  EXPECT_EQ(test.run({"status", "kai", "--canary-weight=20", "--steps=10"}), 2);
  EXPECT_EQ(test.err,
            "kai-canary: --canary-weight: 'status' does not use it; see kai-canary help status\n"
            "kai-canary: --steps: 'status' does not use it; see kai-canary help status\n");
}

// `deploy --list-releases` would deploy.
TEST(Output, WhatOnlyTheOriginalScriptTakesIsRefusedByTheVerbThatDeploys) {
  TestCluster test;
  for (const std::string option :
       {"--list-releases", "--list-versions", "--rollback=3", "--watch"}) {
    EXPECT_EQ(test.run({"deploy", "kai", "./chart", "--tag=v1", option}), 2) << option;
    EXPECT_TRUE(test.http.log().empty());
  }
}

TEST(Output, ColoursAreForTerminalsUnlessSomebodySaysOtherwise) {
  struct Case {
    std::vector<std::string> words;
    std::map<std::string, std::string> environment;
    bool terminal;
    bool coloured;
  };
  for (const Case& each :
       {Case{{}, {{"TERM", "xterm"}}, true, true}, Case{{}, {{"TERM", "xterm"}}, false, false},
        Case{{}, {{"TERM", "dumb"}}, true, false},
        Case{{}, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true, false},
        Case{{}, {{"TERM", "xterm"}, {"NO_COLOR", ""}}, true, true},
        Case{{"--color=always"}, {{"NO_COLOR", "1"}}, false, true},
        Case{{"--color=never"}, {{"TERM", "xterm"}, {"CLICOLOR_FORCE", "1"}}, true, false},
        Case{{}, {{"KAI_CANARY_COLOR", "always"}}, false, true}}) {
    TestCluster test;
    test.store(
        fakes::because(fakes::sample_record(core::Phase::paused, core::Stage::bake), "x", "y"));
    test.app.environment.insert(each.environment.begin(), each.environment.end());
    test.app.out_is_terminal = each.terminal;
    std::vector<std::string> words{"status", "kai"};
    words.insert(words.end(), each.words.begin(), each.words.end());
    EXPECT_EQ(test.run(words), 0) << test.err;
    EXPECT_EQ(test.out.find("\x1b[33mpaused\x1b[0m") != std::string::npos, each.coloured)
        << test.out;
  }
}

}  // namespace
}  // namespace kai::app
