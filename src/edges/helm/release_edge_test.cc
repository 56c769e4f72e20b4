// The whole edge over fake bytes: what Helm is asked, in which order, and what is refused before it
// is.
#include "edges/helm/release_edge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"
#include "kubeapi/client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using Planned = ports::Planned<ports::ReleasePlan>;
using HelmState = core::ReleaseSeen::Helm;
using State = core::ReleaseSeen::State;

constexpr const char* api = "https://api";
constexpr const char* secrets = "https://api/api/v1/namespaces/shop/secrets";

std::string manifest(const std::string& tag) {
  return "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: "
         "{spec: "
         "{containers: [{name: c, image: 'app:" +
         tag + "'}]}}}\n";
}

struct Revision {
  std::int64_t number = 1;
  std::string status = "deployed";
  std::string description = "Install complete";
  std::string tag = "v1";
};

std::string object_name(const Revision& revision) {
  return "sh.helm.release.v1.kai.v" + std::to_string(revision.number);
}

Tree metadata_of(const Revision& revision) {
  Tree object = Tree::map();
  object.set_at("/metadata/name", object_name(revision));
  object.set_at("/metadata/namespace", "shop");
  object.set_at("/metadata/labels/owner", "helm");
  object.set_at("/metadata/labels/name", "kai");
  object.set_at("/metadata/labels/version", std::to_string(revision.number));
  object.set_at("/metadata/labels/status", revision.status);
  return object;
}

std::string secret_of(const Revision& revision) {
  Tree payload = Tree::map();
  payload.set("name", "kai");
  payload.set("version", revision.number);
  payload.set("manifest", manifest(revision.tag));
  payload.set("apply_method", "ssa");
  payload.set_at("/info/status", revision.status);
  payload.set_at("/info/description", revision.description);
  Tree object = metadata_of(revision);
  const std::string stored = codec::base64_encode(codec::deflate(codec::write_json(payload)));
  object.set_at("/data/release", codec::base64_encode(stored));
  return codec::write_json(object);
}

std::string render_of(const std::string& tag) {
  Tree release = Tree::map();
  release.set("manifest", manifest(tag));
  release.set_at("/chart/metadata/name", "app");
  return codec::write_json(release);
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeWallClock wall;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;
  fakes::FakeHttpClient http{timers};
  HelmOptions options{.kubeconfig = "/ours", .context = "staging", .name_space = "shop"};
  Helm helm = make_helm(process, disk, timers.clock(), timers, options);
  std::unique_ptr<kubeapi::Client> client;
  std::unique_ptr<HelmRelease> release;

  World() {
    kubeapi::ClusterAccess access{.context = "staging", .server = api, .name_space = "shop"};
    access.user.token = Secret("t");
    auto credentials =
        std::make_shared<kubeapi::Credentials>(access.user, access.server, disk, process, wall,
                                               std::map<std::string, std::string>{}, nullptr);
    client = std::make_unique<kubeapi::Client>(http, timers, timers.clock(), access, credentials);
    release = std::make_unique<HelmRelease>(helm, *client, options);
    disk.files["/charts/app.tgz"] = "ARCHIVE";
    process.on({"helm", "version"}).exit(0, "v4.2.3");
    process.on({"helm", "upgrade"}).exit(0, render_of("v2"));
    http.on("GET", "https://api/apis/apps/v1")
        .reply(200,
               R"({"resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]})");
    http.on("PATCH", "https://api/apis/apps/v1/namespaces/shop/deployments/web").reply(200, "{}");
    store({{}});
  }

  void store(const std::vector<Revision>& revisions) {
    Tree list = Tree::map();
    list.set("items", Tree::list());
    for (const Revision& revision : revisions) {
      list.get("items")->push_back(metadata_of(revision));
      http.on("GET", std::string(secrets) + "/" + object_name(revision))
          .reply(200, secret_of(revision));
    }
    http.on("GET", std::string(secrets) + "?").reply(200, codec::write_json(list));
  }

  // The real upgrade has the same first words as the dry run, so the argv decides.
  void on_upgrade(os::ProcessResult result) {
    process.on({"helm", "upgrade"})
        .handle([result](const os::ProcessSpec& spec) -> Result<os::ProcessResult> {
          const bool dry = std::ranges::count(spec.argv, "--dry-run=server") != 0;
          return dry ? os::ProcessResult{.out = render_of("v2")} : result;
        });
  }

  template <typename T>
  Result<T> wait(auto&& ask) {
    std::optional<Result<T>> answer;
    ask([&answer](Result<T> got) { answer.emplace(std::move(got)); });
    EXPECT_FALSE(answer) << "a reply never comes before the asking call returned";
    timers.advance(std::chrono::seconds(5));
    EXPECT_TRUE(answer);
    return answer ? std::move(*answer) : fail(ErrorKind::unavailable, "no answer");
  }

  Result<Planned> plan() {
    const core::Plan wish{
        .target = {.release = "kai"},
        .inputs = {.chart = "/charts/app.tgz", .tag = "v2", .tag_keys = {"image.tag"}},
        .services = {{.name = "web"}}};
    return wait<Planned>([&](auto reply) { release->plan(wish, std::move(reply)); });
  }
  Result<Unit> upgrade(const Tree& data) {
    return wait<Unit>([&](auto reply) { release->upgrade(data, "r1", std::move(reply)); });
  }
  core::ReleaseSeen observe(const Tree& data) {
    const auto seen = wait<core::ReleaseSeen>(
        [&](auto reply) { release->observe(data, "r1", std::move(reply)); });
    EXPECT_TRUE(seen) << seen.error().message;
    return seen ? *seen : core::ReleaseSeen{};
  }
  // Runs of Helm that are no dry run.
  std::vector<os::ProcessSpec> changes() const {
    std::vector<os::ProcessSpec> found;
    for (const os::ProcessSpec& spec : process.specs()) {
      const bool verb = spec.argv[1] == "upgrade" || spec.argv[1] == "rollback";
      if (verb && std::ranges::count(spec.argv, "--dry-run=server") == 0) found.push_back(spec);
    }
    return found;
  }
};

TEST(HelmRelease, PlanRendersTwiceAndChangesNothing) {
  World world;
  const auto planned = world.plan();
  ASSERT_TRUE(planned) << planned.error().message;
  EXPECT_TRUE(planned->findings.empty()) << planned->findings[0].message;
  EXPECT_EQ(planned->plan.start_revision, 1);
  EXPECT_EQ(planned->plan.stable_version, "v1");
  EXPECT_EQ(planned->plan.canary_version, "v2");
  ASSERT_EQ(planned->plan.objects.size(), 1U);
  EXPECT_EQ(planned->plan.objects[0].kind, ports::ObjectChange::Kind::changed);
  EXPECT_EQ(std::ranges::count_if(world.process.specs(),
                                  [](const auto& spec) { return spec.argv[1] == "upgrade"; }),
            2);
  EXPECT_TRUE(world.changes().empty());
  for (const net::HttpRequest& request : world.http.requests()) {
    EXPECT_TRUE(request.method == "GET" || request.url.find("dryRun=All") != std::string::npos)
        << request.url;
  }
}

TEST(HelmRelease, UpgradeIsNeverKilledAndHasTimeForItsOwnRollback) {
  World world;
  const Tree data = world.plan()->plan.data;
  ASSERT_TRUE(world.upgrade(data));
  ASSERT_EQ(world.changes().size(), 1U);
  const os::ProcessSpec spec = world.changes()[0];
  EXPECT_EQ(spec.kill_after, Duration::zero());
  EXPECT_TRUE(spec.outlives_us);
  EXPECT_EQ(spec.timeout, 2 * std::chrono::minutes(5) + std::chrono::seconds(5));
  EXPECT_NE(std::ranges::count(spec.argv, "--rollback-on-failure"), 0);
  EXPECT_NE(std::ranges::count(spec.argv, "--description=kai-canary r1"), 0);
  EXPECT_NE(std::ranges::count(spec.argv, "--kube-context=staging"), 0);
}

TEST(HelmRelease, PlanTravelsToAnotherProcess) {
  World first;
  const std::string record = codec::write_json(first.plan()->plan.data);
  World second;
  second.disk.files.clear();
  EXPECT_TRUE(second.upgrade(*codec::parse_json(record)));
  EXPECT_EQ(second.changes().size(), 1U);
}

// The credential plugins of our own kubeconfig were checked; those of a file that a record names
// were not, and a record is written by others.
TEST(HelmRelease, TheRecordNamesNeitherKubeconfigNorContext) {
  World world;
  Tree data = world.plan()->plan.data;
  EXPECT_EQ(data.get("kubeconfig"), nullptr);
  EXPECT_EQ(data.get("context"), nullptr);
  data.set("kubeconfig", "./kc");  // as older versions wrote it
  data.set("context", "elsewhere");
  world.process.on({"helm", "rollback"}).exit(0);
  ASSERT_TRUE(world.upgrade(data));
  ASSERT_TRUE(
      world.wait<Unit>([&](auto reply) { world.release->revert(data, "r1", std::move(reply)); }));
  EXPECT_EQ(world.changes().size(), 2U);
  for (const os::ProcessSpec& spec : world.process.specs()) {
    EXPECT_EQ(spec.environment, world.helm.environment) << spec.argv[1];
    EXPECT_EQ(std::ranges::count(spec.argv, "--kube-context=elsewhere"), 0) << spec.argv[1];
  }
  for (const os::ProcessSpec& spec : world.changes())
    EXPECT_EQ(std::ranges::count(spec.argv, "--kube-context=staging"), 1) << spec.argv[1];
}

TEST(HelmRelease, ForeignRevisionStopsTheUpgradeBeforeHelm) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.store({{.status = "superseded"}, {.number = 2, .description = "Upgrade complete"}});
  const auto done = world.upgrade(data);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::rejected);
  EXPECT_TRUE(world.changes().empty());
  EXPECT_EQ(world.observe(data).state, State::superseded);
}

TEST(HelmRelease, ConflictThatCameMeanwhileStopsTheUpgradeBeforeHelm) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.http.on("PATCH", "https://api/apis/apps/v1/namespaces/shop/deployments/web")
      .reply(
          409,
          R"({"kind":"Status","reason":"Conflict","message":"conflict with \"kai-canary-route\""})");
  const auto done = world.upgrade(data);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::rejected);
  EXPECT_NE(done.error().message.find("kai-canary-route"), std::string::npos);
  EXPECT_TRUE(world.changes().empty());
}

TEST(HelmRelease, OtherRenderStopsTheUpgradeBeforeHelm) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.process.on({"helm", "upgrade"}).exit(0, render_of("v3"));
  EXPECT_FALSE(world.upgrade(data));
  EXPECT_TRUE(world.changes().empty());
}

TEST(HelmRelease, StopSendsOneSignalAndWaits) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.process.on({"helm", "upgrade"}).exit(0, render_of("v2")).hang();
  std::optional<Result<Unit>> ended;
  world.release->upgrade(data, "r1",
                         [&](Result<Unit> result) { ended.emplace(std::move(result)); });
  world.timers.advance(std::chrono::seconds(5));
  ASSERT_EQ(world.changes().size(), 1U);
  EXPECT_FALSE(ended);
  EXPECT_EQ(world.observe(data).helm, HelmState::running);
  world.release->stop_upgrade();
  world.release->stop_upgrade();
  world.timers.settle();
  EXPECT_EQ(std::ranges::count(world.process.log(), "terminate helm"), 1);
  ASSERT_TRUE(ended);
  EXPECT_FALSE(*ended);
  EXPECT_EQ(world.observe(data).helm, HelmState::failed);
}

TEST(HelmRelease, StopBeforeHelmWasCalledMeansThatItNeverIs) {
  World world;
  const Tree data = world.plan()->plan.data;
  std::optional<Result<Unit>> ended;
  world.release->upgrade(data, "r1",
                         [&](Result<Unit> result) { ended.emplace(std::move(result)); });
  world.release->stop_upgrade();
  world.timers.advance(std::chrono::seconds(5));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->error().message, "stopped before Helm was called");
  EXPECT_TRUE(world.changes().empty());
}

TEST(HelmRelease, OneRunAtATime) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.release->upgrade(data, "r1", [](const Result<Unit>&) {});
  const auto second = world.upgrade(data);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(world.changes().size(), 1U);
}

TEST(HelmRelease, FailureOfHelmIsInTheDetail) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.on_upgrade({.exit_code = 1, .err = "level=WARN x\nError: UPGRADE FAILED: timed out\n"});
  EXPECT_EQ(world.upgrade(data).error().message, "Error: UPGRADE FAILED: timed out");
  const core::ReleaseSeen seen = world.observe(data);
  EXPECT_EQ(seen.state, State::as_started);
  EXPECT_EQ(seen.helm, HelmState::failed);
  EXPECT_NE(seen.detail.find("UPGRADE FAILED: timed out"), std::string::npos);
}

TEST(HelmRelease, RevertNamesTheRevisionOfTheStart) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.process.on({"helm", "rollback"}).exit(0);
  EXPECT_TRUE(
      world.wait<Unit>([&](auto reply) { world.release->revert(data, "r1", std::move(reply)); }));
  ASSERT_EQ(world.changes().size(), 1U);
  EXPECT_EQ(world.changes()[0].argv.back(), "1");
  EXPECT_EQ(world.changes()[0].kill_after, Duration::zero());
}

TEST(HelmRelease, PendingRecordOfADeadProcessIsWaitedForOnlySoLong) {
  World world;
  const Tree data = world.plan()->plan.data;
  world.store({{},
               {.number = 2,
                .status = "pending-upgrade",
                .description = "Preparing upgrade",
                .tag = "v2"}});
  EXPECT_EQ(world.observe(data).helm, HelmState::running);
  world.timers.advance(2 * std::chrono::minutes(5));
  EXPECT_EQ(world.observe(data).helm, HelmState::idle);
  EXPECT_EQ(world.observe(data).state, State::failed);
}

TEST(HelmRelease, LockedReleaseIsNotEvenRendered) {
  World world;
  world.store({{}, {.number = 2, .status = "pending-upgrade", .description = "Preparing upgrade"}});
  const auto planned = world.plan();
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->findings.size(), 1U);
  EXPECT_EQ(planned->findings[0].severity, ports::Severity::locked);
  EXPECT_EQ(world.process.specs().size(), 1U) << "only its version was asked";
}

TEST(HelmRelease, UnreadableRecordsAreNoPlanAtAll) {
  World world;
  world.http.on("GET", std::string(secrets) + "?")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"secrets is forbidden"})");
  const auto planned = world.plan();
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().kind, ErrorKind::rejected) << planned.error().message;
  EXPECT_TRUE(planned.error().message.starts_with("records of Helm: list secrets in shop: "));
}

TEST(HelmRelease, FirstInstallIsPlannedWithInstall) {
  World world;
  world.store({});
  world.http.on("GET", "https://api/api/v1/namespaces/default/secrets")
      .reply(200, R"({"items":[]})");
  const auto planned = world.plan();
  ASSERT_TRUE(planned);
  EXPECT_TRUE(planned->plan.first_install);
  EXPECT_EQ(world.observe(planned->plan.data).state, State::absent);
  EXPECT_NE(std::ranges::count(world.process.specs().back().argv, "--install"), 0);
}

TEST(HelmRelease, PlanOfSomebodyElseIsMalformed) {
  World world;
  EXPECT_EQ(world.upgrade(Tree::map()).error().kind, ErrorKind::malformed);
  EXPECT_TRUE(world.changes().empty());
}

}  // namespace
}  // namespace kai::edges
