// A kubeconfig that names a program for credentials, from the words of a command line to the child
// that runs, or does not.
#include <gtest/gtest.h>

#include "app/commands/common.h"
#include "app/verbs.h"
#include "tests/fakes/test_app.h"

namespace kai::app {
namespace {

constexpr std::string_view kubeconfig = R"(
current-context: bed
clusters:
- name: bed
  cluster: {server: "https://api"}
contexts:
- name: bed
  context: {cluster: bed, user: ann}
users:
- name: ann
  user:
    TOKENexec: {apiVersion: client.authentication.k8s.io/v1, command: COMMAND, args: [get-token]}
)";

std::string kubeconfig_with(const std::string& command, const std::string& token = "") {
  std::string text(kubeconfig);
  text.replace(text.find("COMMAND"), 7, command);
  text.replace(text.find("TOKEN"), 5, token.empty() ? "" : "token: " + token + "\n    ");
  return text;
}

struct Machine : fakes::TestApp {
  explicit Machine(const std::string& text) {
    app.environment = {{"HOME", "/home/ann"}, {"PATH", "/usr/bin"}};
    disk.files["/home/ann/.kube/config"] = text;
    disk.files["/usr/bin/cloud-token"] = "#!";
    process.on({"cloud-token"})
        .exit(0, R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
                     "status":{"token":"from-the-plugin"}})");
    http.on("GET", "https://api").reply(200, R"({"gitVersion":"v1.37.2"})");
  }
  // Exit code, or 0 when there is a connection.
  int connect(const Arguments& arguments = {}) {
    Subject subject{.platform = PlatformName::kubernetes, .target = {.release = "kai"}};
    const auto cluster = connect_or_code(app, arguments, subject);
    return cluster ? 0 : cluster.error();
  }
  [[nodiscard]] std::string bearer() const {
    return http.requests().empty() ? "nothing was asked"
                                   : std::string(http.requests().front().authorization.reveal());
  }
};

Arguments allowing(const std::string& programs) {
  return {.flags = {{"allow-exec-plugin", programs}}};
}

TEST(ExecPlugin, WithoutTheUsersWordNothingRunsAndTheErrorSaysHowToAllowIt) {
  Machine machine(kubeconfig_with("cloud-token"));
  EXPECT_EQ(machine.connect(), exit_unreachable);
  EXPECT_EQ(machine.err,
            "kai-canary: cannot reach the cluster: context bed: the kubeconfig wants to run "
            "'cloud-token' for credentials ('/usr/bin/cloud-token'), and nobody allowed it; if you "
            "trust it, pass --allow-exec-plugin=/usr/bin/cloud-token, or write allowExecPlugins: "
            "[/usr/bin/cloud-token] into /home/ann/.config/kai-canary/config.yaml\n");
  EXPECT_TRUE(machine.process.log().empty());
  EXPECT_TRUE(machine.http.requests().empty());
}

TEST(ExecPlugin, AFlagOrTheUsersFileAllowsIt) {
  Machine by_flag(kubeconfig_with("cloud-token"));
  EXPECT_EQ(by_flag.connect(allowing("other,cloud-token")), 0) << by_flag.err;
  EXPECT_EQ(by_flag.bearer(), "Bearer from-the-plugin");
  EXPECT_EQ(by_flag.process.log().front(), "/usr/bin/cloud-token get-token");

  Machine by_file(kubeconfig_with("/usr/bin/cloud-token"));
  by_file.disk.files["/home/ann/.config/kai-canary/config.yaml"] =
      "allowExecPlugins: [cloud-token]\n";
  EXPECT_EQ(by_file.connect(), 0) << by_file.err;
  EXPECT_EQ(by_file.bearer(), "Bearer from-the-plugin");
}

// An abort that cannot log in lowers nothing: whoever takes a context takes the word for its
// plugin.
TEST(ExecPlugin, EveryVerbThatConnectsTakesTheWord) {
  for (const Verb& verb : all_verbs())
    EXPECT_EQ(reads(verb, "allow-exec-plugin"), reads(verb, "context")) << verb.name;
}

// Helm gets the same file, and would run the program though a token is enough for us.
TEST(ExecPlugin, ATokenBesideItDoesNotHideIt) {
  Machine machine(kubeconfig_with("cloud-token", "abc"));
  EXPECT_EQ(machine.connect(), exit_unreachable);
  EXPECT_NE(machine.err.find("nobody allowed it"), std::string::npos) << machine.err;
  Machine allowed(kubeconfig_with("cloud-token", "abc"));
  EXPECT_EQ(allowed.connect(allowing("cloud-token")), 0) << allowed.err;
  EXPECT_EQ(allowed.bearer(), "Bearer abc");
}

TEST(ExecPlugin, TheKubercOfThePersonIsHonoured) {
  Machine denied(kubeconfig_with("cloud-token"));
  denied.disk.files["/home/ann/.kube/kuberc"] = "credentialPluginPolicy: DenyAll\n";
  EXPECT_EQ(denied.connect(allowing("cloud-token")), exit_unreachable);
  EXPECT_NE(denied.err.find("/home/ann/.kube/kuberc says credentialPluginPolicy: DenyAll"),
            std::string::npos)
      << denied.err;
  EXPECT_TRUE(denied.process.log().empty());
}

TEST(ExecPlugin, AUsersFileThatCannotBeReadIsAMistakeAndNoEmptyList) {
  Machine machine(kubeconfig_with("cloud-token"));
  machine.disk.files["/home/ann/.config/kai-canary/config.yaml"] = "a: [\n";
  EXPECT_EQ(machine.connect(allowing("cloud-token")), exit_usage);
  EXPECT_NE(machine.err.find("/home/ann/.config/kai-canary/config.yaml"), std::string::npos);
}

}  // namespace
}  // namespace kai::app
