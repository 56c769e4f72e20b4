// Which platform a verb means: from what is said, and from what is there.
#include "app/choice.h"

#include <gtest/gtest.h>

#include "app/service_file.h"
#include "tests/fakes/test_cluster.h"

namespace kai::app {
namespace {

using fakes::TestCluster;

const std::string kubeconfig = "/home/ann/.kube/config";
const std::string root = "/home/ann/.local/state/kai-canary";

struct Choice : ::testing::Test {
  TestCluster test;

  void deployed_here(const std::string& release) {
    test.disk.files[root + "/" + release + "/record.json"] = "{}";
  }
  Arguments arguments_of(const std::vector<std::string>& words) {
    const auto arguments = parse_arguments(words);
    EXPECT_TRUE(arguments.has_value()) << (arguments ? "" : arguments.error().front());
    return arguments.value_or(Arguments{});
  }
  std::string chosen(const std::vector<std::string>& words, const std::string& release = "") {
    test.out.clear();
    test.err.clear();
    const auto platform = choose_platform(test.app, arguments_of(words), release);
    if (!platform) return std::to_string(platform.error());
    return *platform == PlatformName::local ? "local" : "kubernetes";
  }
  std::string release_of(const std::vector<std::string>& words, const std::string& release = "") {
    test.err.clear();
    const auto target = read_local_target(test.app, arguments_of(words), release);
    return target ? target->name_space + "/" + target->release : "";
  }
};

TEST_F(Choice, WithAKubeconfigItIsKubernetesUnlessSomethingSaysOtherwise) {
  deployed_here("shop");
  EXPECT_EQ(chosen({"status", "shop"}, "shop"), "kubernetes");
  EXPECT_EQ(chosen({"status", "shop", "--platform=local"}, "shop"), "local");
  EXPECT_EQ(chosen({"status", "kai.yaml"}), "local");
  EXPECT_EQ(chosen({"status", "--file=kai.yaml"}), "local");
  EXPECT_EQ(test.err, "") << "nothing was guessed";
}

TEST_F(Choice, TheVariableSaysItAndTheFlagSaysItLouder) {
  test.app.environment["KAI_PLATFORM"] = "local";
  EXPECT_EQ(chosen({"status", "shop"}, "shop"), "local");
  EXPECT_EQ(chosen({"status", "shop", "--platform=kubernetes"}, "shop"), "kubernetes");
  test.app.environment["KAI_PLATFORM"] = "mars";
  EXPECT_EQ(chosen({"status", "shop"}, "shop"), "2");
  EXPECT_EQ(test.err, "--platform: 'mars' is none of kubernetes|local\n");
}

TEST_F(Choice, WithoutAClusterAReleaseOfThisMachineIsTakenAndThatIsSaid) {
  test.disk.files.erase(kubeconfig);
  deployed_here("shop");
  EXPECT_EQ(chosen({"status", "shop"}, "shop"), "local");
  EXPECT_EQ(test.err, "no kubeconfig: taking release shop on this machine (--platform=local)\n");
  EXPECT_EQ(chosen({"list"}), "local");
  EXPECT_EQ(test.err, "no kubeconfig: taking the releases on this machine (--platform=local)\n");
  EXPECT_EQ(chosen({"status", "web"}, "web"), "kubernetes") << "no such release here";
  EXPECT_EQ(chosen({"status", "shop", "--context=prod"}, "shop"), "kubernetes");
  EXPECT_EQ(chosen({"status", "shop", "--namespace=x"}, "shop"), "kubernetes");
  EXPECT_EQ(test.err, "");
}

TEST_F(Choice, InsideAPodItIsKubernetes) {
  test.disk.files.erase(kubeconfig);
  deployed_here("shop");
  test.app.environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  EXPECT_EQ(chosen({"status", "shop"}, "shop"), "kubernetes");
}

TEST_F(Choice, AFileForAClusterContradictsItself) {
  EXPECT_EQ(chosen({"status", "kai.yaml", "--platform=kubernetes"}), "2");
  EXPECT_EQ(test.err, "--platform: kai.yaml describes a release of this machine\n");
}

TEST_F(Choice, TheOnlyReleaseNeedsNoName) {
  EXPECT_EQ(release_of({"status"}), "");
  EXPECT_EQ(test.err, "RELEASE: no release was ever deployed below " + root + "\n");
  deployed_here("shop");
  EXPECT_EQ(release_of({"status"}), "local/shop");
  deployed_here("web");
  EXPECT_EQ(release_of({"status"}), "");
  EXPECT_EQ(test.err, "RELEASE: say which: shop, web\n");
  EXPECT_EQ(release_of({"status", "--release=web"}), "local/web");
  EXPECT_EQ(release_of({"list"}), "local/") << "about none in particular";
}

TEST_F(Choice, AServiceFileNamesItsRelease) {
  test.disk.files["shop/kai.yaml"] = "release: shop\n";
  EXPECT_EQ(release_of({"status", "shop/kai.yaml"}), "local/shop");
  EXPECT_EQ(release_of({"status", "--file=shop/kai.yaml"}), "local/shop");
  test.disk.files["shop/kai.yaml"] = "services: []\n";
  EXPECT_EQ(release_of({"status", "shop/kai.yaml"}), "");
  EXPECT_EQ(test.err, "shop/kai.yaml:1: release: is missing: the name of the release\n");
  EXPECT_EQ(release_of({"status", "none.yaml"}), "");
  EXPECT_EQ(test.err, "none.yaml: there is no such file\n");
}

TEST_F(Choice, ANameThatWouldLeaveTheFolderIsNone) {
  EXPECT_EQ(release_of({"status", ".."}, ".."), "");
  EXPECT_EQ(release_of({"status", "a/b"}, "a/b"), "");
  EXPECT_EQ(test.err, "RELEASE: 'a/b' is no release name\n");
}

TEST_F(Choice, OptionsOfAClusterAreMistakesHere) {
  EXPECT_EQ(release_of({"status", "shop", "--namespace=x"}, "shop"), "");
  EXPECT_EQ(test.err, "--namespace: has no meaning on one machine\n");
  EXPECT_EQ(release_of({"list", "-A"}), "");
}

TEST_F(Choice, TheStateIsWhereThePersonMayWrite) {
  const auto root_of = [&](const std::vector<std::string>& words) {
    return state_root(test.app, arguments_of(words));
  };
  EXPECT_EQ(root_of({"list"}), root);
  test.app.environment["XDG_STATE_HOME"] = "/state";
  EXPECT_EQ(root_of({"list"}), "/state/kai-canary");
  test.app.is_root = true;
  EXPECT_EQ(root_of({"list"}), "/var/lib/kai-canary");
  test.app.environment["KAI_CANARY_STATE_DIR"] = "/srv/kai/";
  EXPECT_EQ(root_of({"list"}), "/srv/kai");
  test.app.directory = "/work";
  EXPECT_EQ(root_of({"list", "--state-dir=state"}), "/work/state");
  test.app.is_root = false;
  test.app.environment.clear();
  EXPECT_EQ(root_of({"list"}), "") << "nobody knows a home";
}

struct Deploying : Choice {
  void write(const std::string& text) { test.disk.files["kai.yaml"] = text; }
};
const std::string good =
    "release: shop\n"
    "services:\n"
    "- {name: api, listen: '0.0.0.0:8080', run: ['./r/{tag}/api', '--port={port}']}\n";

TEST_F(Deploying, APlanOfTheFileAloneAsksNobody) {
  test.app.directory = "/srv/shop";
  write(good);
  EXPECT_EQ(test.run({"plan", "kai.yaml", "--tag=v2", "--dry-run=client"}), 0) << test.err;
  EXPECT_NE(test.out.find("shop: the files and options make a plan; this machine was not asked"),
            std::string::npos)
      << test.out;
  EXPECT_NE(test.out.find("shop on this machine, as kai.yaml describes it"), std::string::npos);
  EXPECT_TRUE(test.http.log().empty() && test.process.log().empty() && test.disk.log.empty());
  EXPECT_EQ(test.run({"deploy", "--file=kai.yaml", "--tag=v2", "--dry-run=client"}), 0);
}

TEST_F(Deploying, EveryMistakeOfTheFileAndTheOptionsIsToldAtOnce) {
  write("release: Shop\nservices: []\nservices: []\ncanary: {wieght: 10}\n");
  EXPECT_EQ(test.run({"deploy", "kai.yaml", "--tag=v2", "--context=x"}), 2);
  EXPECT_EQ(test.err, "kai.yaml: line 3: key 'services' again; the last one wins\n");
  write("release: Shop\nservices: []\ncanary: {wieght: 10}\n");
  EXPECT_EQ(test.run({"deploy", "kai.yaml", "--tag=v2", "--context=x", "--interval=soon"}), 2);
  for (const char* const told :
       {"kai.yaml:1: release: ", "kai.yaml:2: services: ", "kai.yaml:3: canary.wieght: no such key",
        "--context: has no meaning on one machine", "--interval: 'soon' is no time"})
    EXPECT_NE(test.err.find(told), std::string::npos) << told << " in:\n" << test.err;
}

TEST_F(Deploying, WordsThatDoNotGoTogetherAreMistakes) {
  write(good);
  EXPECT_EQ(test.run({"deploy"}), 2);
  EXPECT_NE(test.err.find("'deploy' needs RELEASE CHART, or a service file"), std::string::npos);
  EXPECT_EQ(test.run({"deploy", "kai.yaml", "./chart", "--tag=v2"}), 2);
  EXPECT_NE(test.err.find("'./chart' is one word too many"), std::string::npos) << test.err;
  EXPECT_EQ(test.run({"deploy", "shop", "--file=kai.yaml", "--tag=v2"}), 2);
  EXPECT_EQ(test.run({"deploy", "kai.yaml", "--platform=kubernetes", "--tag=v2"}), 2);
  EXPECT_EQ(test.run({"deploy", "--platform=local", "--tag=v2"}), 2);
  EXPECT_NE(test.err.find("needs its service file"), std::string::npos);
  EXPECT_EQ(test.run({"helm-deploy", "--platform=local", "--canary", "--tag=v2"}), 2);
  EXPECT_TRUE(test.http.log().empty());
}

TEST_F(Deploying, TheFileIsValidatedAndItsSettingsAreShown) {
  write(good + "canary: {weight: 25}\n");
  EXPECT_EQ(test.run({"config", "validate", "--file=kai.yaml"}), 0) << test.err;
  EXPECT_EQ(test.out, "no mistake was found; nothing was started\n");
  EXPECT_EQ(test.run({"config", "view", "--origin", "--file=kai.yaml"}), 0);
  EXPECT_NE(test.out.find("kai.yaml:4: canary.weight"), std::string::npos) << test.out;
}

}  // namespace
}  // namespace kai::app
