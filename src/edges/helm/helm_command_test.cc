#include "edges/helm/helm_command.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kai::edges {
namespace {

using Kind = core::ValueInput::Kind;

UpgradeCall call_of(int major) {
  return {.binary = "helm",
          .helm = {.major = major, .minor = 13},
          .target = {.release = "kai", .name_space = "shop", .context = "staging"},
          .chart = "/private/chart.tgz",
          .values = {{.kind = Kind::file, .text = "/private/values-0.yaml"},
                     {.kind = Kind::set, .text = "n=1"},
                     {.kind = Kind::set_json, .text = "o={}"},
                     {.kind = Kind::set_string, .text = "global.image.tag=v2"}}};
}

TEST(HelmCommand, DryRunIsTheSameForBothMajors) {
  const Argv expected = {"helm",
                         "upgrade",
                         "--reset-values",
                         "--values=/private/values-0.yaml",
                         "--set=n=1",
                         "--set-json=o={}",
                         "--set-string=global.image.tag=v2",
                         "--namespace=shop",
                         "--kube-context=staging",
                         "--dry-run=server",
                         "--output=json",
                         "--",
                         "kai",
                         "/private/chart.tgz"};
  EXPECT_EQ(dry_run_argv(call_of(3)), expected);
  EXPECT_EQ(dry_run_argv(call_of(4)), expected);
}

TEST(HelmCommand, FirstInstallRendersWithInstall) {
  UpgradeCall call = call_of(4);
  call.install = true;
  EXPECT_EQ(dry_run_argv(call)[2], "--install");
}

TEST(HelmCommand, UpgradeOfHelm4RollsBackByItsNewFlag) {
  const Argv argv = upgrade_argv(
      call_of(4), {.timeout = std::chrono::seconds(90), .description = "kai-canary r1"});
  EXPECT_NE(std::ranges::find(argv, "--rollback-on-failure"), argv.end());
  EXPECT_NE(std::ranges::find(argv, "--wait=watcher"), argv.end());
  EXPECT_NE(std::ranges::find(argv, "--timeout=90s"), argv.end());
  EXPECT_NE(std::ranges::find(argv, "--description=kai-canary r1"), argv.end());
  EXPECT_EQ(std::ranges::find(argv, "--atomic"), argv.end());
}

TEST(HelmCommand, UpgradeOfHelm3IsAtomic) {
  const Argv argv =
      upgrade_argv(call_of(3), {.timeout = std::chrono::seconds(90), .description = "d"});
  EXPECT_NE(std::ranges::find(argv, "--atomic"), argv.end());
  EXPECT_NE(std::ranges::find(argv, "--wait"), argv.end());
  EXPECT_EQ(std::ranges::find(argv, "--rollback-on-failure"), argv.end());
}

TEST(HelmCommand, FailedFirstInstallIsLeftForAPerson) {
  UpgradeCall call = call_of(4);
  call.install = true;
  const Argv argv = upgrade_argv(
      call, {.timeout = std::chrono::seconds(1), .description = "d", .roll_back = false});
  EXPECT_EQ(std::ranges::find(argv, "--rollback-on-failure"), argv.end());
  EXPECT_NE(std::ranges::find(argv, "--wait=watcher"), argv.end());
}

TEST(HelmCommand, TimeoutIsRoundedUpAndNeverZero) {
  const auto timeout_flag = [](Duration timeout) {
    return upgrade_argv(call_of(4), {.timeout = timeout, .description = "d"});
  };
  EXPECT_NE(std::ranges::count(timeout_flag(std::chrono::milliseconds(1500)), "--timeout=2s"), 0);
  EXPECT_NE(std::ranges::count(timeout_flag(Duration::zero()), "--timeout=1s"), 0);
}

TEST(HelmCommand, RollbackNamesRevisionAndWaits) {
  const RollbackCall call{.binary = "/opt/helm",
                          .helm = {.major = 4},
                          .target = {.release = "kai", .name_space = "shop"},
                          .revision = 7,
                          .timeout = std::chrono::minutes(5)};
  EXPECT_EQ(rollback_argv(call), (Argv{"/opt/helm", "rollback", "--wait=watcher", "--timeout=300s",
                                       "--namespace=shop", "--", "kai", "7"}));
}

TEST(HelmCommand, ReferencesCannotBecomeFlags) {
  EXPECT_EQ(pull_argv("helm", "--post-renderer=x", "1.2", "/d"),
            (Argv{"helm", "pull", "--destination=/d", "--version=1.2", "--", "--post-renderer=x"}));
  EXPECT_EQ(package_argv("helm", "-x", "/d"),
            (Argv{"helm", "package", "--destination=/d", "--", "-x"}));
  EXPECT_EQ(show_values_argv("helm", "-x", ""), (Argv{"helm", "show", "values", "--", "-x"}));
}

TEST(HelmCommand, VersionsAreRead) {
  EXPECT_EQ(parse_helm_version("v4.2.3"), (HelmVersion{.major = 4, .minor = 2}));
  EXPECT_EQ(parse_helm_version("v3.13.0-rc.1\n"), (HelmVersion{.major = 3, .minor = 13}));
  EXPECT_EQ(parse_helm_version("v3.22.0+gabc"), (HelmVersion{.major = 3, .minor = 22}));
}

TEST(HelmCommand, OldNewAndBrokenVersionsAreRefused) {
  EXPECT_EQ(parse_helm_version("v3.12.9").error().kind, ErrorKind::rejected);
  EXPECT_NE(parse_helm_version("v3.12.9").error().message.find("too old"), std::string::npos);
  EXPECT_EQ(parse_helm_version("v2.17.0").error().kind, ErrorKind::rejected);
  EXPECT_EQ(parse_helm_version("v5.0.0").error().kind, ErrorKind::rejected);
  for (const char* const text : {"", "v", "v3", "3.", "helm", "v-3.1", "v99999999999.1"}) {
    EXPECT_EQ(parse_helm_version(text).error().kind, ErrorKind::malformed) << text;
  }
}

TEST(HelmCommand, EnvironmentIsCutDownToWhatHelmNeeds) {
  const std::map<std::string, std::string> ours = {
      {"PATH", "/bin"},          {"HOME", "/root"},         {"KUBECONFIG", "/a"},
      {"HELM_CACHE_HOME", "/c"}, {"AWS_PROFILE", "p"},      {"LC_ALL", "C"},
      {"HELM_NAMESPACE", "x"},   {"HELM_KUBETOKEN", "t"},   {"HELM_KUBECONTEXT", "y"},
      {"GITHUB_TOKEN", "s"},     {"LD_PRELOAD", "evil"},    {"BASH_ENV", "evil"},
      {"HELM_DRIVER", "secret"}, {"DATABASE_PASSWORD", "s"}};
  const std::map<std::string, std::string> expected = {
      {"PATH", "/bin"},     {"HOME", "/root"}, {"KUBECONFIG", "/b"},     {"HELM_CACHE_HOME", "/c"},
      {"AWS_PROFILE", "p"}, {"LC_ALL", "C"},   {"HELM_DRIVER", "secret"}};
  EXPECT_EQ(helm_environment(ours, "/b"), expected);
  EXPECT_EQ(helm_environment(ours, "").at("KUBECONFIG"), "/a");
}

TEST(HelmCommand, SetStringEscapesWhatWouldCutTheValue) {
  EXPECT_EQ(set_string_text("a.tag", "1.20"), "a.tag=1.20");
  EXPECT_EQ(set_string_text("a", "x,y\\z"), "a=x\\,y\\\\z");
  EXPECT_EQ(set_string_text("a", "{x}"), "a=\\{x}");
}

}  // namespace
}  // namespace kai::edges
