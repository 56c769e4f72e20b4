// The edge against a Helm and a store that say anything: an error or a finding of the right kind,
// with nothing of their bytes that could move a cursor, and never a state that nobody saw.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "edges/helm/release_edge.h"
#include "kubeapi/client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using Planned = ports::Planned<ports::ReleasePlan>;
using os::ProcessResult;

constexpr const char* secrets = "https://api/api/v1/namespaces/shop/secrets";
constexpr const char* record_name = "sh.helm.release.v1.kai.v1";

std::string manifest(const std::string& tag) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: "
         "{spec: {containers: [{name: c, image: 'app:" +
         tag + "'}]}}}\n";
}

std::string payload(const std::string& status = "deployed") {
  Tree release(Tree::Map{{"name", "kai"}, {"version", 1}, {"manifest", manifest("v1")}});
  release.set_at("/info/status", status);
  return codec::write_json(release);
}

std::string stored(const std::string& content) {
  return codec::base64_encode(codec::base64_encode(codec::deflate(content)));
}

std::string rendered(const std::string& tag) {
  return codec::write_json(Tree(Tree::Map{{"manifest", manifest(tag)}}));
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeWallClock wall;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;
  fakes::FakeHttpClient http{timers};
  const HelmOptions options{.context = "bed", .name_space = "shop"};
  kubeapi::Client client{
      http, timers, timers.clock(), kubeapi::ClusterAccess{.server = "https://api"},
      std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, "https://api", disk, process,
                                             wall, std::map<std::string, std::string>{}, nullptr)};
  HelmRelease release{make_helm(process, disk, timers.clock(), timers, options), client, options};

  World() {
    disk.files["/charts/app.tgz"] = "ARCHIVE";
    process.on({"helm", "version"}).exit(0, "v4.2.3");
    process.on({"helm", "upgrade"}).exit(0, rendered("v2"));
    http.on("GET", "https://api/apis/apps/v1")
        .reply(200,
               R"({"resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]})");
    http.on("PATCH", "https://api/apis/apps/v1/namespaces/shop/deployments/web").reply(200, "{}");
    store(stored(payload()));
  }

  void store(const std::string& data) {
    Tree object(Tree::Map{{"kind", "Secret"}});
    object.set_at("/metadata/name", record_name);
    object.set_at("/metadata/namespace", "shop");
    object.set_at("/metadata/labels",
                  Tree(Tree::Map{{"owner", "helm"}, {"name", "kai"}, {"version", "1"}}));
    const Tree list(Tree::Map{{"items", Tree(Tree::List{object})}});
    http.on("GET", std::string(secrets) + "?").reply(200, codec::write_json(list));
    object.set_at("/data/release", data);
    http.on("GET", std::string(secrets) + "/" + record_name).reply(200, codec::write_json(object));
  }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> answer;
    ask([&answer](Result<T> got) { answer.emplace(std::move(got)); });
    timers.advance(std::chrono::minutes(30));
    return answer ? std::move(*answer) : fail(ErrorKind::unavailable, "no answer");
  }
  Result<Planned> plan() {
    const core::Plan wish{
        .target = {.release = "kai"},
        .inputs = {.chart = "/charts/app.tgz", .tag = "v2", .tag_keys = {"image.tag"}},
        .services = {{.name = "web"}}};
    return wait<Planned>([&](auto reply) { release.plan(wish, std::move(reply)); });
  }
  Result<core::ReleaseSeen> observe(const Tree& data) {
    return wait<core::ReleaseSeen>(
        [&](auto reply) { release.observe(data, "r1", std::move(reply)); });
  }
};

// The one finding that stops the plan.
ports::Finding only_finding(const std::string& what, const Result<Planned>& planned) {
  EXPECT_TRUE(planned.has_value()) << what;
  if (!planned) return {};
  EXPECT_EQ(planned->findings.size(), 1U) << what;
  EXPECT_TRUE(planned->plan.data.is_null()) << what << ": there is a plan all the same";
  return planned->findings.empty() ? ports::Finding{} : planned->findings.front();
}

void expect_fit_to_print(const std::string& what, const std::string& message) {
  EXPECT_FALSE(message.empty()) << what;
  EXPECT_LT(message.size(), 25'000U) << what;  // 40 lines of 500 bytes, escaped in part
  const auto moves = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == '\x7f'; };
  EXPECT_TRUE(std::ranges::none_of(message, moves)) << what << ": " << message;
}

TEST(HelmHostile, ARenderOfGarbageIsNoPlan) {
  const std::string brackets(100'000, '[');
  struct Row {
    std::string what;
    ProcessResult result;
    ports::Severity severity = ports::Severity::refused;
  };
  for (const Row& row : std::vector<Row>{
           {"nothing", {.out = ""}},
           {"half a JSON", {.out = rendered("v2").substr(0, 40)}},
           {"a warning before the JSON", {.out = "WARNING: old\n" + rendered("v2")}},
           {"two answers", {.out = rendered("v2") + rendered("v2")}},
           {"a page", {.out = "<html>proxy</html>"}},
           {"binary",
            {.out = std::string("\x7f"
                                "ELF\0\1\2\x1b[2J",
                                11)}},
           {"NaN", {.out = R"({"manifest":"","config":{"x":NaN}})"}},
           {"a manifest that is a number", {.out = R"({"manifest":7})"}},
           {"a manifest of brackets",
            {.out = codec::write_json(Tree(Tree::Map{{"manifest", brackets}}))}},
           {"a manifest of control bytes", {.out = R"({"manifest":"a: \u0000\u001b[2J"})"}},
           {"brackets", {.out = brackets}},
           {"more than is read", {.out = rendered("v2"), .truncated = true}},
           {"killed without a word", {.exit_code = 137}},
           {"a crash with garbage",
            {.exit_code = 139, .err = std::string("panic \x1b]0;x\x07\0\xff", 14)}},
           {"a megabyte of complaints", {.exit_code = 1, .err = std::string(1'000'000, 'x')}},
           {"a hundred thousand lines",
            {.exit_code = 1,
             .err =
                 [] {
                   std::string lines;
                   for (int i = 0; i < 100'000; ++i) lines += "no\n";
                   return lines;
                 }()}},
           {"no end", {.exit_code = 143, .timed_out = true}, ports::Severity::unreachable},
       }) {
    World world;
    world.process.on({"helm", "upgrade"})
        .handle([&row](const os::ProcessSpec&) -> Result<ProcessResult> { return row.result; });
    const ports::Finding finding = only_finding(row.what, world.plan());
    EXPECT_EQ(finding.check, "render") << row.what;
    EXPECT_EQ(finding.severity, row.severity) << row.what << ": " << finding.message;
    expect_fit_to_print(row.what, finding.message);
  }
}

TEST(HelmHostile, AVersionOfGarbageIsNoHelm) {
  for (const std::string& out :
       {std::string(), std::string("v"), std::string("v4"), std::string("4."),
        std::string("v99999999999.1"), std::string("v-4.2"), std::string("\x1b[2J\0v4.2", 9),
        std::string(1'000'000, '4'), std::string("<html>")}) {
    World world;
    world.process.on({"helm", "version"}).exit(0, out);
    const ports::Finding finding = only_finding(out.substr(0, 20), world.plan());
    EXPECT_EQ(finding.check, "helm");
    EXPECT_EQ(finding.severity, ports::Severity::refused);
    expect_fit_to_print(out.substr(0, 20), finding.message);
  }
}

// What is stored is the ground that everything stands on: without it there is neither a plan nor a
// state.
TEST(HelmHostile, ARecordOfGarbageIsNeitherAPlanNorAState) {
  World honest;
  const auto planned = honest.plan();
  ASSERT_TRUE(planned.has_value());
  const Tree data = planned->plan.data;
  ASSERT_FALSE(data.is_null());
  const std::string zipped = codec::deflate(payload());
  const auto twice = [](const std::string& bytes) {
    return codec::base64_encode(codec::base64_encode(bytes));
  };
  struct Row {
    const char* what;
    std::string data;
  };
  for (const Row& row : std::vector<Row>{
           {"no base64", "!!!"},
           {"base64 of none", codec::base64_encode("!!!")},
           {"one layer only", codec::base64_encode(zipped)},
           {"gzip cut in the middle", twice(zipped.substr(0, zipped.size() / 2))},
           {"gzip with a bent checksum",
            twice(zipped.substr(0, zipped.size() - 6) + std::string(6, 'x'))},
           {"a bomb of 65 MiB", stored(std::string(std::size_t{65} << 20U, ' '))},
           {"a bomb inside a bomb",
            twice(codec::deflate(codec::deflate(std::string(1'000'000, 'x'))))},
           {"half a JSON", stored(payload().substr(0, 20))},
           {"NaN", stored(R"({"name":"kai","version":NaN,"info":{"status":"deployed"}})")},
           {"a revision below one", stored(R"({"name":"kai","version":0,"info":{"status":"x"}})")},
           {"a list", stored("[]")},
           {"brackets", stored(std::string(100'000, '['))},
           {"a page", stored("<html></html>")},
           {"empty", ""},
       }) {
    World world;
    world.store(row.data);
    const auto refused = world.plan();
    ASSERT_FALSE(refused.has_value()) << row.what;
    EXPECT_EQ(refused.error().kind, ErrorKind::malformed) << row.what;
    EXPECT_NE(refused.error().message.find(record_name), std::string::npos)
        << row.what << ": " << refused.error().message;
    expect_fit_to_print(row.what, refused.error().message);
    const auto seen = world.observe(data);
    ASSERT_FALSE(seen.has_value()) << row.what;
    EXPECT_EQ(seen.error().kind, ErrorKind::malformed) << row.what;
  }
}

TEST(HelmHostile, AStatusThatNobodyKnowsIsNoGoodRevision) {
  World world;
  world.store(stored(payload("splendid")));
  const auto planned = world.plan();
  ASSERT_TRUE(planned.has_value()) << planned.error().message;
  EXPECT_TRUE(std::ranges::any_of(planned->findings, ports::blocks));
  EXPECT_TRUE(planned->plan.data.is_null());
}

// However an upgrade ends and whatever it prints: the stored records say what is, nothing else.
TEST(HelmHostile, AnUpgradeThatDiesHalfWayIsAFailureAndTheRecordsSayWhatIs) {
  struct Row {
    std::string what;
    ProcessResult result;
    bool done = false;
  };
  for (const Row& row : std::vector<Row>{
           {"killed", {.exit_code = 137}},
           {"a crash with garbage", {.exit_code = 139, .err = std::string("\x1b[2J\0\xff", 6)}},
           {"a time-out", {.exit_code = 143, .timed_out = true}},
           {"words of a network", {.exit_code = 1, .err = "Error: connection refused\n"}},
           {"garbage and success", {.out = std::string("\0\x1b[2J<html>", 11)}, true},
       }) {
    World world;
    const Tree data = world.plan()->plan.data;
    world.process.on({"helm", "upgrade"})
        .handle([&row](const os::ProcessSpec& spec) -> Result<ProcessResult> {
          const bool dry = std::ranges::count(spec.argv, "--dry-run=server") != 0;
          return dry ? ProcessResult{.out = rendered("v2")} : row.result;
        });
    const auto ended =
        world.wait<Unit>([&](auto reply) { world.release.upgrade(data, "r1", std::move(reply)); });
    EXPECT_EQ(ended.has_value(), row.done) << row.what;
    if (!ended) {
      EXPECT_EQ(ended.error().kind, ErrorKind::rejected) << row.what;
      expect_fit_to_print(row.what, ended.error().message);
    }
    const auto seen = world.observe(data);
    ASSERT_TRUE(seen.has_value()) << row.what;
    EXPECT_EQ(seen->state, core::ReleaseSeen::State::as_started) << row.what;
    using Helm = core::ReleaseSeen::Helm;
    EXPECT_EQ(seen->helm, row.done ? Helm::succeeded : Helm::failed) << row.what;
  }
}

}  // namespace
}  // namespace kai::edges
