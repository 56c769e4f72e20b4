#include "kubeapi/credentials.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_process.h"

namespace kai::kubeapi {
namespace {

const std::string version = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status) {
  return R"({"apiVersion":")" + version + R"(","kind":"ExecCredential","status":{)" + status + "}}";
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  std::shared_ptr<Credentials> credentials;

  explicit World(
      UserAccess user,
      ExecPolicy policy = [](const ExecPlugin& plugin) -> Result<std::string> {
        return "/bin/" + plugin.argv.front();
      })
      : credentials(std::make_shared<Credentials>(
            std::move(user), "https://api", disk, process, wall,
            std::map<std::string, std::string>{{"PATH", "/bin"}}, std::move(policy))) {}

  Result<Authorization> ask() {
    std::optional<Result<Authorization>> got;
    credentials->authorization([&](Result<Authorization> answer) { got = std::move(answer); });
    timers.advance(std::chrono::minutes(1));
    if (!got) return fail(ErrorKind::malformed, "no answer came");
    return *got;
  }
  std::string header() {
    const auto got = ask();
    return got ? std::string(got->header.reveal()) : "error: " + got.error().message;
  }
};

UserAccess plugin_user() {
  UserAccess user;
  user.exec = ExecPlugin{.api_version = version, .argv = {"get-token", "-x"}};
  user.exec->install_hint = "apt install get-token";
  return user;
}

TEST(Credentials, ATokenAPasswordOrNothing) {
  UserAccess token;
  token.token = Secret("abc");
  EXPECT_EQ(World(token).header(), "Bearer abc");
  UserAccess basic;
  basic.basic_user = "ann";
  basic.basic_password = Secret("pw");
  EXPECT_EQ(World(basic).header(), "Basic YW5uOnB3");
  EXPECT_EQ(World({}).header(), "");
}

TEST(Credentials, ATokenFileIsReadEachTimeAndBeatsAToken) {
  UserAccess user;
  user.token = Secret("old");
  user.token_file = "/token";
  World world(user);
  EXPECT_EQ(world.header(), "Bearer old") << "the file is not there yet";
  world.disk.files["/token"] = "one\n";
  EXPECT_EQ(world.header(), "Bearer one");
  world.disk.files["/token"] = "two\n";
  EXPECT_EQ(world.header(), "Bearer two");
}

TEST(Credentials, ATokenWithALineBreakOrWithoutTextIsRejectedAndNotShown) {
  UserAccess user;
  user.token_file = "/token";
  World world(user);
  for (const std::string text : {"a\r\nX-Evil: 1", "", "\n", "se cret"}) {
    world.disk.files["/token"] = text;
    const auto got = world.ask();
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_EQ(got.error(), (Error{ErrorKind::rejected, "token file /token holds no usable token"}));
  }
}

TEST(Credentials, APluginRunsOnceUntilItsAnswerExpires) {
  World world(plugin_user());
  world.process.on({"get-token"})
      .exit(0, credential(R"("token":"one","expirationTimestamp":"2026-01-02T03:10:00Z")"))
      .exit(0, credential(R"("token":"two")"));
  EXPECT_EQ(world.header(), "Bearer one");
  EXPECT_EQ(world.header(), "Bearer one");
  EXPECT_EQ(world.process.log().size(), 1U);
  world.wall.advance(std::chrono::minutes(10));
  EXPECT_EQ(world.header(), "Bearer two");
  world.wall.advance(std::chrono::hours(1000));
  EXPECT_EQ(world.header(), "Bearer two") << "without an expiry it is kept until a 401";
  const os::ProcessSpec& spec = world.process.specs().front();
  EXPECT_EQ(spec.argv, (std::vector<std::string>{"/bin/get-token", "-x"}));
  EXPECT_EQ(spec.environment.at("KUBERNETES_EXEC_INFO"),
            R"({"apiVersion":")" + version +
                R"(","kind":"ExecCredential","spec":{"interactive":false}})");
  EXPECT_EQ(spec.timeout, exec_time_max);
  EXPECT_EQ(spec.output_bytes_max, exec_output_bytes_max);
}

TEST(Credentials, ManyRequestsWaitForOnePlugin) {
  World world(plugin_user());
  world.process.on({"get-token"})
      .after(std::chrono::seconds(2))
      .exit(0, credential(R"("token":"one")"));
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    world.credentials->authorization([&](Result<Authorization> got) {
      if (got && got->header.reveal() == "Bearer one") ++answered;
    });
  }
  world.timers.advance(std::chrono::seconds(2));
  EXPECT_EQ(answered, 50);
  EXPECT_EQ(world.process.log().size(), 1U);
}

// Fifty requests that got a 401 with the old token must not throw the fresh one away 49 times.
TEST(Credentials, ARefusedAnswerIsForgottenANewerOneIsNot) {
  World world(plugin_user());
  world.process.on({"get-token"})
      .exit(0, credential(R"("token":"one")"))
      .exit(0, credential(R"("token":"two")"));
  const auto first = world.ask();
  world.credentials->forget(*first);
  EXPECT_EQ(world.header(), "Bearer two");
  world.credentials->forget(*first);
  EXPECT_EQ(world.header(), "Bearer two");
  EXPECT_EQ(world.process.log().size(), 2U);
}

TEST(Credentials, APluginMayAnswerWithACertificate) {
  World world(plugin_user());
  world.process.on({"get-token"})
      .exit(0, credential(R"("clientCertificateData":"CHAIN","clientKeyData":"KEY")"));
  const auto got = world.ask();
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_TRUE(got->header.empty());
  EXPECT_EQ(got->certificate->chain_pem, "CHAIN");
  EXPECT_EQ(got->certificate->key_pem.reveal(), "KEY");
}

TEST(Credentials, WithoutThePolicysConsentNothingRuns) {
  const Error refusal{ErrorKind::rejected, "ask ann"};
  World world(plugin_user(),
              [&](const ExecPlugin&) -> Result<std::string> { return std::unexpected(refusal); });
  EXPECT_EQ(world.ask().error(), refusal);
  EXPECT_TRUE(world.process.log().empty());
  EXPECT_EQ(World(plugin_user(), nullptr).ask().error().kind, ErrorKind::rejected);
}

TEST(Credentials, WhatAPluginPrintsIsNeverShown) {
  for (const std::string& out :
       {std::string("hunter2"), credential(""), credential(R"("token":"hunter2 x")"),
        credential(R"("clientKeyData":"hunter2")"),
        std::string(
            R"({"apiVersion":"v9","kind":"ExecCredential","status":{"token":"hunter2"}})")}) {
    World world(plugin_user());
    world.process.on({"get-token"}).exit(0, out);
    const auto got = world.ask();
    ASSERT_FALSE(got.has_value()) << out;
    EXPECT_EQ(got.error().kind, ErrorKind::rejected) << out;
    EXPECT_EQ(got.error().message.find("hunter2"), std::string::npos) << got.error().message;
  }
}

TEST(Credentials, AMissingPluginIsNamedWithItsInstallHint) {
  World world(plugin_user());
  const auto got = world.ask();
  EXPECT_EQ(got.error().kind, ErrorKind::rejected);
  EXPECT_NE(got.error().message.find("apt install get-token"), std::string::npos);
}

TEST(Credentials, AFailedOrSlowPluginMayWorkLater) {
  World world(plugin_user());
  world.process.on({"get-token"}).exit(1, "", "no network").hang();
  EXPECT_EQ(world.ask().error(),
            (Error{ErrorKind::unavailable,
                   "credential plugin 'get-token' for https://api ended with 1: 'no network'"}));
  EXPECT_EQ(world.ask().error().message,
            "credential plugin 'get-token' for https://api did not answer within 30s");
}

TEST(Credentials, WhoIsDestroyedWhileAPluginRunsIsNotCalledBack) {
  World world(plugin_user());
  world.process.on({"get-token"})
      .after(std::chrono::seconds(1))
      .exit(0, credential(R"("token":"x")"));
  world.credentials->authorization([](Result<Authorization>) { ADD_FAILURE() << "called back"; });
  world.credentials.reset();
  world.timers.advance(std::chrono::seconds(2));
}

TEST(Credentials, ImpersonationBecomesHeaders) {
  UserAccess user;
  user.impersonate_user = "bob";
  user.impersonate_groups = {"dev", "ops"};
  user.impersonate_extra = {{"example.org/scope", {"a"}}};
  EXPECT_EQ(World(user).credentials->impersonation(),
            (net::Headers{{"Impersonate-User", "bob"},
                          {"Impersonate-Group", "dev"},
                          {"Impersonate-Group", "ops"},
                          {"Impersonate-Extra-example.org%2Fscope", "a"}}));
}

}  // namespace
}  // namespace kai::kubeapi
