#include "kubeapi/kubeconfig.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"

namespace kai::kubeapi {
namespace {

std::string config(const std::string& user, const std::string& cluster = "server: https://api:6443",
                   const std::string& context = "cluster: c, user: u, namespace: shop") {
  return "apiVersion: v1\nkind: Config\ncurrent-context: x\ncontexts:\n- name: x\n  context: {" +
         context + "}\nclusters:\n- name: c\n  cluster: {" + cluster +
         "}\nusers:\n- name: u\n  user: {" + user + "}\n";
}

struct Home {
  fakes::FakeDisk disk;
  std::map<std::string, std::string> environment = {{"HOME", "/home/ann"}};

  explicit Home(const std::string& text = "") {
    if (!text.empty()) disk.files["/home/ann/.kube/config"] = text;
  }
  Result<ClusterAccess> load(const KubeconfigChoice& choice = {}) {
    const auto before = disk.files;
    auto access = load_access(disk, environment, choice);
    EXPECT_TRUE(disk.log.empty() && disk.files == before) << "a kubeconfig is never written";
    return access;
  }
  std::string refusal(const KubeconfigChoice& choice = {}) {
    const auto access = load(choice);
    if (access) return "accepted";
    EXPECT_EQ(access.error().kind, ErrorKind::rejected);
    return access.error().message;
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Kubeconfig, TheCurrentContextOfTheDefaultFileIsRead) {
  Home home(config("token: t0", "server: 'https://api:6443/', tls-server-name: kube"));
  const auto access = home.load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->context, "x");
  EXPECT_EQ(access->server, "https://api:6443");
  EXPECT_EQ(access->name_space, "shop");
  EXPECT_EQ(access->tls->server_name, "kube");
  EXPECT_FALSE(access->tls->insecure_skip_verify);
  EXPECT_EQ(access->user.token.reveal(), "t0");
}

TEST(Kubeconfig, AContextWithoutANamespaceMeansDefault) {
  EXPECT_EQ(Home(config("", "server: https://a", "cluster: c")).load()->name_space, "default");
}

TEST(Kubeconfig, WhetherThereIsAnyIsKnownWithoutReadingItWhole) {
  Home nothing;
  EXPECT_FALSE(is_configured(nothing.disk, nothing.environment, ""));
  EXPECT_TRUE(is_configured(nothing.disk, nothing.environment, "/named")) << "it is asked for";
  Home good(config("token: t"));
  EXPECT_TRUE(is_configured(good.disk, good.environment, ""));
  Home damaged("contexts: [");
  EXPECT_TRUE(is_configured(damaged.disk, damaged.environment, "")) << "whose error is to be told";
  nothing.environment["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  EXPECT_TRUE(is_configured(nothing.disk, nothing.environment, ""));
}

TEST(Kubeconfig, AnUnknownContextNamesTheKnownOnes) {
  Home home(config(""));
  EXPECT_EQ(home.refusal({.path = "", .context = "prod"}), "unknown context 'prod'; known are: x");
  home.disk.files["/home/ann/.kube/config"] = "contexts:\n- name: x\n  context: {}\n";
  EXPECT_EQ(home.refusal(), "the kubeconfig has no current context; pass --context; known are: x");
}

TEST(Kubeconfig, OfSeveralFilesTheFirstWinsPerNameAndMissingOnesAreSkipped) {
  Home home;
  home.environment["KUBECONFIG"] = ":/missing:/a/one:/b/two";
  home.disk.files["/a/one"] = "current-context: ''\nusers:\n- name: u\n  user: {token: first}\n";
  home.disk.files["/b/two"] = config("token: second");
  const auto access = home.load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->context, "x");
  EXPECT_EQ(access->user.token.reveal(), "first");
}

TEST(Kubeconfig, AChosenFileMustExist) {
  Home home(config(""));
  EXPECT_TRUE(has(home.refusal({.path = "/nowhere", .context = ""}), "kubeconfig /nowhere: "));
}

TEST(Kubeconfig, RelativePathsStartAtTheirFileAndDataBeatsAFile) {
  Home home;
  home.environment["KUBECONFIG"] = "/etc/kube/config";
  home.disk.files["/etc/kube/config"] = config(
      "client-certificate: pki/me.pem, client-key-data: a2V5, client-key: pki/other.key, "
      "tokenFile: t",
      "server: https://api, certificate-authority: pki/ca.pem");
  home.disk.files["/etc/kube/pki/me.pem"] = "me";
  home.disk.files["/etc/kube/pki/ca.pem"] = "authority";
  const auto access = home.load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->tls->certificate_pem, "me");
  EXPECT_EQ(access->tls->key_pem.reveal(), "key");
  EXPECT_EQ(access->tls->authorities_pem, "authority");
  EXPECT_EQ(access->user.token_file, "/etc/kube/t");
}

TEST(Kubeconfig, Base64MayHaveLineBreaks) {
  Home home(config("", "server: https://api, certificate-authority-data: \"YXV0\\naG9y\""));
  EXPECT_EQ(home.load()->tls->authorities_pem, "author");
}

TEST(Kubeconfig, AnExecPluginIsReadWithWhatItIsTold) {
  Home home(
      config("exec: {apiVersion: client.authentication.k8s.io/v1, command: bin/get-token, "
             "args: [-c, me], env: [{name: REGION, value: eu}], installHint: 'apt it', "
             "interactiveMode: IfAvailable, provideClusterInfo: true}",
             "server: https://api, certificate-authority-data: Y2E=, extensions: [{name: "
             "client.authentication.k8s.io/exec, extension: {audience: us}}]"));
  const auto access = home.load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  const ExecPlugin& plugin = *access->user.exec;
  EXPECT_EQ(plugin.argv, (std::vector<std::string>{"/home/ann/.kube/bin/get-token", "-c", "me"}));
  EXPECT_EQ(plugin.environment.at("REGION"), "eu");
  EXPECT_EQ(*plugin.cluster.text_at("/server"), "https://api");
  EXPECT_EQ(*plugin.cluster.text_at("/certificate-authority-data"), "Y2E=");
  EXPECT_EQ(*plugin.cluster.text_at("/config/audience"), "us");
}

TEST(Kubeconfig, ImpersonationIsRead) {
  const auto access =
      Home(config("as: bob, as-uid: '7', as-groups: [dev, ops], as-user-extra: {scopes: [a, b]}"))
          .load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->user.impersonate_user, "bob");
  EXPECT_EQ(access->user.impersonate_groups, (std::vector<std::string>{"dev", "ops"}));
  EXPECT_EQ(access->user.impersonate_extra.at("scopes"), (std::vector<std::string>{"a", "b"}));
}

TEST(Kubeconfig, WhatCannotBeUsedIsRefusedWithItsReason) {
  struct Row {
    std::string text;
    std::string reason;
  };
  const std::string good = "server: https://api";
  const std::vector<Row> rows = {
      {config("auth-provider: {name: gcp}"), "which Kubernetes removed; use its exec plugin"},
      {config("exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}"), "v1beta1"},
      {config("exec: {apiVersion: client.authentication.k8s.io/v1}"), "names no command"},
      {config("exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: "
              "Always}"),
       "wants a terminal"},
      {config("as-groups: [admins]"), "without as"},
      {config("client-certificate-data: YQ=="), "alone"},
      {config("client-certificate-data: '%%'"), "is no base64"},
      {config("client-certificate: nowhere.pem"), "client-certificate of 'u'"},
      {config("", "server: http://api:8080"), "is no https URL"},
      {config("", "server: 'http://127.0.0.1.example.org'"), "is no https URL"},
      {config("", "server: 'http://localhost.example.org'"), "is no https URL"},
      {config("", "server: 'https://me:pw@api'"), "server "},
      {config("", "server: 'https://api/?a=b'"), "has a query"},
      {config("", "server: ''"), "server ''"},
      {config("", good + ", proxy-url: http://proxy"), "has a proxy-url: not yet"},
      {config("", good, "cluster: other"), "names an unknown cluster"},
      {config("", good, "cluster: c, user: nobody"), "names an unknown user 'nobody'"},
      {config("") + "- name: u\n  user: {}\n", "users has 'u' twice"},
      {"- a list", "is no map"},
      {"a: [", "kubeconfig /home/ann/.kube/config: line"},
  };
  for (const Row& row : rows) {
    const std::string refusal = Home(row.text).refusal();
    EXPECT_TRUE(has(refusal, row.reason)) << row.text << "\n" << refusal;
  }
}

TEST(Kubeconfig, PlainHttpIsForLoopbackOnly) {
  for (const std::string server :
       {"http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:1"}) {
    EXPECT_TRUE(Home(config("", "server: '" + server + "'")).load().has_value()) << server;
  }
}

TEST(Kubeconfig, ForeignTextCannotMoveTheCursor) {
  const std::string refusal = Home("contexts:\n- name: \"a\\e[31m\"\n  context: {}\n")
                                  .refusal({.path = "", .context = "b"});
  EXPECT_FALSE(has(refusal, "\x1b")) << refusal;
}

TEST(Kubeconfig, InsideAPodTheServiceAccountIsUsed) {
  Home home;
  home.environment = {{"KUBERNETES_SERVICE_HOST", "fd00::1"}, {"KUBERNETES_SERVICE_PORT", "443"}};
  const std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
  home.disk.files[folder + "ca.crt"] = "ca";
  home.disk.files[folder + "namespace"] = "shop\n";
  const auto access = home.load();
  ASSERT_TRUE(access.has_value()) << access.error().message;
  EXPECT_EQ(access->server, "https://[fd00::1]:443");
  EXPECT_EQ(access->name_space, "shop");
  EXPECT_EQ(access->tls->authorities_pem, "ca");
  EXPECT_EQ(access->user.token_file, folder + "token");
}

TEST(Kubeconfig, WithoutAnyTheReasonNamesThePlaces) {
  Home home;
  EXPECT_EQ(home.refusal(),
            "no kubeconfig: neither --kubeconfig, $KUBECONFIG nor ~/.kube/config names one");
}

}  // namespace
}  // namespace kai::kubeapi
