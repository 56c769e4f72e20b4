#include "kubeapi/exec_rules.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"

namespace kai::kubeapi {
namespace {

using Kuberc = KubercPolicy;

ExecPlugin plugin(const std::string& command) {
  return {.api_version = "client.authentication.k8s.io/v1", .argv = {command, "get-token"}};
}

struct Machine {
  fakes::FakeDisk disk;
  ExecRules rules{.path = "relative:/opt/cloud/bin:/usr/bin",
                  .remedy = [](const std::string& program) { return "allow " + program; }};

  Machine() {
    for (const char* const file : {"/usr/bin/aws", "/opt/cloud/bin/gcloud", "/usr/bin/gcloud",
                                   "relative/evil", "/tmp/aws", "/usr/bin/folder/x"}) {
      disk.files[file] = "#!";
    }
  }
  std::string ask(const ExecPlugin& asked) {
    const auto program = permitted_program(asked, rules, disk);
    if (program) return *program;
    EXPECT_EQ(program.error().kind, ErrorKind::rejected);
    return "refused: " + program.error().message;
  }
};

struct Row {
  std::string command;
  std::vector<std::string> allowed;
  std::string program;  // empty: refused
};

TEST(ExecRules, ListsAndPrograms) {
  const std::vector<Row> table{
      // Nobody allowed anything.
      {"aws", {}, ""},
      {"/usr/bin/aws", {}, ""},
      // By name or path, on either side.
      {"aws", {"aws"}, "/usr/bin/aws"},
      {"aws", {"/usr/bin/aws"}, "/usr/bin/aws"},
      {"/usr/bin/aws", {"aws"}, "/usr/bin/aws"},
      {"/usr/bin/aws", {"/usr/bin/aws"}, "/usr/bin/aws"},
      {"aws", {"gcloud", "aws"}, "/usr/bin/aws"},
      // The first directory of PATH counts, as for the shell.
      {"gcloud", {"gcloud"}, "/opt/cloud/bin/gcloud"},
      {"gcloud", {"/usr/bin/gcloud"}, ""},
      // The same name elsewhere is another program.
      {"/tmp/aws", {"aws"}, ""},
      {"/tmp/aws", {"/usr/bin/aws"}, ""},
      {"/usr/bin/../../tmp/aws", {"/usr/bin/aws"}, ""},
      // Parts of names are no names, and there are no patterns.
      {"aws", {"aw"}, ""},
      {"aws", {"/usr/bin"}, ""},
      {"aws", {"/usr/bin/*"}, ""},
      {"aws", {"*"}, ""},
      {"aws", {""}, ""},
      // Not there, a folder, in a relative part of PATH, relative itself.
      {"az", {"az"}, ""},
      {"folder", {"folder"}, ""},
      {"evil", {"evil"}, ""},
      {"relative/evil", {"relative/evil"}, ""},
      {"./aws", {"./aws", "aws"}, ""},
  };
  for (const Row& row : table) {
    Machine machine;
    machine.rules.allowed = row.allowed;
    const std::string got = machine.ask(plugin(row.command));
    const std::string what =
        row.command + " with " + (row.allowed.empty() ? "nothing" : row.allowed.front());
    if (row.program.empty()) {
      EXPECT_TRUE(got.starts_with("refused: the kubeconfig wants to run '" + row.command + "'"))
          << what << ": " << got;
    } else {
      EXPECT_EQ(got, row.program) << what;
    }
  }
}

TEST(ExecRules, ARefusalNamesTheProgramAndTheRemedy) {
  Machine machine;
  EXPECT_EQ(machine.ask(plugin("aws")),
            "refused: the kubeconfig wants to run 'aws' for credentials ('/usr/bin/aws'), and "
            "nobody allowed it; allow /usr/bin/aws");
  ExecPlugin missing = plugin("az");
  missing.install_hint = "install az\x1b[2J";
  EXPECT_EQ(machine.ask(missing),
            "refused: the kubeconfig wants to run 'az' for credentials, and no directory of PATH "
            "has it; install az\\x1b[2J");
}

// An allowed program that loads a stranger's library is a stranger's program.
TEST(ExecRules, AVariableThatLoadsCodeIsRefusedWhateverIsAllowed) {
  for (const char* const name : {"PATH",
                                 "LD_PRELOAD",
                                 "LD_LIBRARY_PATH",
                                 "LD_AUDIT",
                                 "DYLD_INSERT_LIBRARIES",
                                 "BASH_ENV",
                                 "ENV",
                                 "BASH_FUNC_jq%%",
                                 "PYTHONPATH",
                                 "NODE_OPTIONS",
                                 "PERL5OPT",
                                 "RUBYOPT",
                                 "JAVA_TOOL_OPTIONS",
                                 "JDK_JAVA_OPTIONS",
                                 "_JAVA_OPTIONS",
                                 "GIT_SSH_COMMAND",
                                 "BROWSER",
                                 "HOME",
                                 "XDG_CONFIG_HOME",
                                 "AWS_CONFIG_FILE",
                                 "AWS_SHARED_CREDENTIALS_FILE",
                                 "CLOUDSDK_CONFIG",
                                 "CLOUDSDK_PYTHON",
                                 "OPENSSL_CONF"}) {
    Machine machine;
    machine.rules.kuberc = Kuberc{.kind = Kuberc::Kind::allow_all, .file = "/k", .may_allow = true};
    machine.rules.allowed = {"aws"};
    ExecPlugin asked = plugin("aws");
    asked.environment[name] = "./evil";
    EXPECT_NE(machine.ask(asked).find(std::string("sets ") + name), std::string::npos) << name;
  }
  Machine machine;
  machine.rules.allowed = {"aws"};
  ExecPlugin asked = plugin("aws");
  asked.environment["AWS_PROFILE"] = "shop";
  EXPECT_EQ(machine.ask(asked), "/usr/bin/aws");
}

TEST(ExecRules, AKubercThatForbidsIsNotOverruledAndOneThatAllowsIsEnough) {
  struct Case {
    Kuberc::Kind kind;
    std::vector<std::string> kuberc;
    std::vector<std::string> own;
    bool runs;
  };
  const std::vector<Case> table{
      {Kuberc::Kind::allow_all, {}, {}, true},
      {Kuberc::Kind::deny_all, {}, {"aws"}, false},
      {Kuberc::Kind::allowlist, {}, {"aws"}, false},
      {Kuberc::Kind::allowlist, {"aws"}, {}, true},
      {Kuberc::Kind::allowlist, {"/usr/bin/aws"}, {}, true},
      {Kuberc::Kind::allowlist, {"/tmp/aws", "gcloud"}, {"aws"}, false},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    Machine machine;
    machine.rules.allowed = table[i].own;
    machine.rules.kuberc = Kuberc{.kind = table[i].kind,
                                  .file = "/home/ann/.kube/kuberc",
                                  .may_allow = true,
                                  .allowed = table[i].kuberc};
    const std::string got = machine.ask(plugin("aws"));
    EXPECT_EQ(got == "/usr/bin/aws", table[i].runs) << "row " << i << ": " << got;
    const bool names_the_file = got.find("/home/ann/.kube/kuberc") != std::string::npos;
    EXPECT_EQ(names_the_file, !table[i].runs) << "row " << i << ": " << got;
  }
}

// $KUBERC may be set by a repository's own tools, as a kubeconfig may lie in one.
TEST(ExecRules, AKubercThatAVariableNamesOnlyForbids) {
  for (const bool on_our_list : {false, true}) {
    for (const auto kind : {Kuberc::Kind::allow_all, Kuberc::Kind::allowlist}) {
      Machine machine;
      if (on_our_list) machine.rules.allowed = {"aws"};
      machine.rules.kuberc = Kuberc{.kind = kind, .file = "kuberc", .allowed = {"aws"}};
      const std::string got = machine.ask(plugin("aws"));
      EXPECT_EQ(got == "/usr/bin/aws", on_our_list) << got;
    }
  }
  Machine machine;
  machine.rules.allowed = {"aws"};
  machine.rules.kuberc = Kuberc{.kind = Kuberc::Kind::deny_all, .file = "kuberc"};
  EXPECT_NE(machine.ask(plugin("aws")), "/usr/bin/aws");
}

TEST(ExecRules, AListHasALimit) {
  Machine machine;
  machine.rules.allowed.assign(exec_allowed_max, "other");
  machine.rules.allowed.emplace_back("aws");
  EXPECT_NE(machine.ask(plugin("aws")), "/usr/bin/aws");
  machine.rules.allowed[exec_allowed_max - 1] = "aws";
  EXPECT_EQ(machine.ask(plugin("aws")), "/usr/bin/aws");
}

std::string read(const std::string& text,
                 const std::map<std::string, std::string>& environment = {{"HOME", "/h"}}) {
  fakes::FakeDisk disk;
  disk.files["/h/.kube/kuberc"] = text;
  const auto policy = read_kuberc(disk, environment);
  if (!policy) return "error: " + policy.error().message;
  if (!*policy) return "nothing";
  std::string words;
  switch ((*policy)->kind) {
    case Kuberc::Kind::allow_all:
      words = "all";
      break;
    case Kuberc::Kind::deny_all:
      words = "none";
      break;
    case Kuberc::Kind::allowlist:
      words = "list";
      break;
  }
  for (const std::string& name : (*policy)->allowed) words += " " + name;
  return words + ((*policy)->may_allow ? "" : ", only forbids");
}

TEST(Kuberc, WhatItSaysOfPlugins) {
  const std::string head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
  EXPECT_EQ(read(head), "nothing");
  EXPECT_EQ(read(""), "nothing");
  EXPECT_EQ(read(head + "credentialPluginPolicy: AllowAll\n"), "all");
  EXPECT_EQ(read(head + "credentialPluginPolicy: DenyAll\n"), "none");
  EXPECT_EQ(read(head + "credentialPluginPolicy: Allowlist\n"), "list");
  EXPECT_EQ(read(head + "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n"
                        "- name: aws\n- command: /usr/bin/gcloud\n- {}\n"),
            "list aws /usr/bin/gcloud");
}

// What it forbids is then not known, so nothing may run.
TEST(Kuberc, OneThatCannotBeUnderstoodIsRejected) {
  const std::string file = "error: kuberc /h/.kube/kuberc";
  for (const std::string text :
       {"credentialPluginPolicy: denyall\n", "credentialPluginPolicy: [DenyAll]\n",
        "credentialPluginPolicy: 1\n", "credentialPluginPolicy:\n",
        "credentialPluginAllowlist: []\n", "- a\n", "a: [\n",
        "credentialPluginPolicy: AllowAll\ncredentialPluginAllowlist:\n- name: aws\n"}) {
    EXPECT_TRUE(read(text).starts_with(file)) << read(text);
  }
  fakes::FakeDisk disk;
  disk.broken.emplace("/k", Error{ErrorKind::rejected, "denied"});
  const auto policy = read_kuberc(disk, {{"KUBERC", "/k"}});
  ASSERT_FALSE(policy.has_value());
  EXPECT_EQ(policy.error(), (Error{ErrorKind::rejected, "kuberc /k: denied"}));
}

TEST(Kuberc, TheVariableNamesAnotherFileOrNone) {
  const std::string deny = "credentialPluginPolicy: DenyAll\n";
  EXPECT_EQ(read(deny, {{"HOME", "/h"}, {"KUBERC", "off"}}), "nothing");
  EXPECT_EQ(read(deny, {{"HOME", "/h"}, {"KUBERC", "/elsewhere"}}), "nothing");
  EXPECT_EQ(read(deny, {{"HOME", "/x"}, {"KUBERC", "/h/.kube/kuberc"}}), "none, only forbids");
  EXPECT_EQ(read(deny, {{"HOME", "/h"}, {"KUBERC", "/h/.kube/kuberc"}}), "none");
  EXPECT_EQ(read(deny, {}), "nothing");
}

}  // namespace
}  // namespace kai::kubeapi
