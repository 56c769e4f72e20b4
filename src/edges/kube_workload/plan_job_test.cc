// Preflight of the workload against an API server that answers from a script: what is asked before
// what, and what each answer means.
#include "edges/kube_workload/plan_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "codec/json.h"
#include "kubeapi/client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::ObjectChange;
using ports::Severity;
using Planned = ports::Planned<ports::WorkloadPlan>;

const std::string core_url = "https://api/api/v1/namespaces/shop/";

Tree json(const std::string& text) { return codec::parse_json(text).value(); }

Tree deployment(const std::string& image, const std::string& pod_spec = "") {
  return json(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
    "spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
    "spec":{"containers":[{"name":"c","image":")" +
              image + R"(","envFrom":[{"secretRef":{"name":"key"}}],
    "volumeMounts":[{"name":"data","mountPath":"/data"}]}])" +
              pod_spec + "}}}}");
}

const Tree service = json(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},
    "spec":{"selector":{"app":"web"},"ports":[{"port":80}]}})");

struct World {
  fakes::FakeTimers timers;
  fakes::FakeWallClock wall;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;
  fakes::FakeHttpClient http{timers};
  std::unique_ptr<kubeapi::Client> client;
  std::set<std::string> forbidden;  // "list pods"
  std::string pod_spec;
  std::vector<ObjectChange> more;

  World() {
    kubeapi::ClusterAccess access{.server = "https://api", .name_space = "shop"};
    access.user.token = Secret("t");
    auto credentials =
        std::make_shared<kubeapi::Credentials>(access.user, access.server, disk, process, wall,
                                               std::map<std::string, std::string>{}, nullptr);
    client = std::make_unique<kubeapi::Client>(http, timers, timers.clock(), access, credentials);
    http.on("GET", "https://api/").handle([](const net::HttpRequest& request) {
      return request.url.find("limit=") != std::string::npos
                 ? net::HttpResponse{.status = 200, .body = R"({"items":[]})"}
                 : net::HttpResponse{.status = 404,
                                     .body = R"({"kind":"Status","reason":"NotFound"})"};
    });
    for (const char* const method : {"POST", "PATCH"}) {
      http.on(method, "https://api/").handle([](const net::HttpRequest& request) {
        EXPECT_NE(request.url.find("dryRun=All"), std::string::npos) << request.url;
        return net::HttpResponse{.status = 201, .body = request.body};
      });
    }
    http.on("POST", "https://api/apis/authorization.k8s.io/")
        .handle([this](const net::HttpRequest& request) {
          const Tree question = json(request.body);
          const std::string right = question.text_or("/spec/resourceAttributes/verb", "") + " " +
                                    question.text_or("/spec/resourceAttributes/resource", "");
          return net::HttpResponse{.status = 201,
                                   .body = forbidden.contains(right)
                                               ? R"({"status":{"allowed":false}})"
                                               : R"({"status":{"allowed":true}})"};
        });
  }

  Planned plan() {
    core::Plan wish{.target = {.release = "kai"}, .services = {{.name = "web", .port = {}}}};
    wish.skipped_checks = {"P5"};  // nobody runs here
    ports::ReleasePlan release{.name_space = "shop"};
    release.objects = {{.kind = ObjectChange::Kind::changed,
                        .stable = deployment("app:v1", pod_spec),
                        .candidate = deployment("app:v2", pod_spec)},
                       {.stable = service, .candidate = service}};
    std::ranges::copy(more, std::back_inserter(release.objects));
    std::optional<Result<Planned>> answer;
    plan_workload(*client, wish, release,
                  [&](Result<Planned> planned) { answer.emplace(std::move(planned)); });
    EXPECT_FALSE(answer) << "a reply before the asking call returned";
    for (int i = 0; i < 100 && !answer; ++i) timers.advance(std::chrono::milliseconds(100));
    EXPECT_TRUE(answer && *answer) << (answer ? answer->error().message : "no reply");
    return answer && *answer ? **answer : Planned{};
  }

  [[nodiscard]] bool has_asked(const std::string& words) const {
    return std::ranges::any_of(
        http.log(), [&](const std::string& line) { return line.find(words) != std::string::npos; });
  }
  [[nodiscard]] Tree object(const Planned& planned, const std::string& kind) const {
    const Tree::List* const objects = planned.plan.data.list_at("/objects");
    for (std::size_t i = 0; objects != nullptr && i < objects->size(); ++i) {
      if ((*objects)[i].text_or("/kind", "") == kind) return (*objects)[i];
    }
    return {};
  }
};

const Finding* find(const Planned& planned, const std::string& check) {
  const auto found = std::ranges::find(planned.findings, check, &Finding::check);
  return found == planned.findings.end() ? nullptr : &*found;
}

TEST(WorkloadPlan, GoodOneHasNoFindingsAndItsObjects) {
  World world;
  const Planned planned = world.plan();
  EXPECT_TRUE(planned.findings.empty()) << planned.findings[0].message;
  EXPECT_EQ(world.object(planned, "Deployment").text_or("/metadata/name", ""), "web-canary");
  EXPECT_TRUE(world.has_asked("POST " + core_url + "pods?"));
}

TEST(WorkloadPlan, MissingRightToListIsARuleAndNothingIsListed) {
  World world;
  world.forbidden = {"list pods", "delete services"};
  const Planned planned = world.plan();
  ASSERT_EQ(planned.findings.size(), 2U);
  EXPECT_EQ(planned.findings[0].check, "P6");
  EXPECT_EQ(planned.findings[0].message, "you may not list pods in namespace shop");
  EXPECT_EQ(planned.findings[0].remedy,
            "add to a Role: {apiGroups: [\"\"], resources: [\"pods\"], verbs: [\"list\"]}");
  EXPECT_EQ(planned.findings[1].message, "you may not delete services in namespace shop");
  EXPECT_FALSE(world.has_asked("GET "));
  EXPECT_EQ(planned.plan.services.size(), 1U) << "routes and metrics are looked at all the same";
}

TEST(WorkloadPlan, MissingRightToActKeepsNoOtherCheckBack) {
  World world;
  world.forbidden = {"create deployments"};
  world.http.on("GET", core_url + "services/web-canary").reply(200, R"({"metadata":{}})");
  const Planned planned = world.plan();
  EXPECT_NE(find(planned, "P6"), nullptr);
  EXPECT_NE(find(planned, "P18"), nullptr);
  EXPECT_FALSE(world.has_asked("dryRun=All")) << "it would only say the same again";
}

TEST(WorkloadPlan, WithoutTheRightToCreatePodsTheirCheckIsLeftOutAndSaidSo) {
  World world;
  world.forbidden = {"create pods"};
  const Planned planned = world.plan();
  ASSERT_EQ(planned.findings.size(), 1U);
  EXPECT_EQ(planned.findings[0].check, "P7");
  EXPECT_EQ(planned.findings[0].severity, Severity::warning);
  EXPECT_NE(planned.findings[0].message.find("it stayed unchecked"), std::string::npos);
  EXPECT_FALSE(world.has_asked("POST " + core_url + "pods"));
}

TEST(WorkloadPlan, PodThatTheServerRefusesIsRefusedInItsWords) {
  World world;
  world.http.on("POST", core_url + "pods")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"exceeded quota: tight"})");
  const Planned planned = world.plan();
  ASSERT_NE(find(planned, "P7"), nullptr);
  EXPECT_EQ(find(planned, "P7")->severity, Severity::refused);
  EXPECT_NE(find(planned, "P7")->message.find("exceeded quota: tight"), std::string::npos);
}

TEST(WorkloadPlan, WorkloadThatWritesAClaimIsNotCloned) {
  World world;
  world.pod_spec = R"(,"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"files"}}])";
  world.http.on("GET", core_url + "persistentvolumeclaims/files")
      .reply(200, R"({"metadata":{},"spec":{"accessModes":["ReadWriteMany"]}})");
  const Planned planned = world.plan();
  ASSERT_EQ(planned.findings.size(), 1U);
  EXPECT_EQ(planned.findings[0].check, "P22");
  EXPECT_EQ(planned.findings[0].severity, Severity::refused);
  EXPECT_TRUE(planned.findings[0].message.starts_with(
      "workload web mounts PersistentVolumeClaim files, so it cannot have a second version"))
      << planned.findings[0].message;
  EXPECT_NE(planned.findings[0].remedy.find("readOnly: true"), std::string::npos);
}

TEST(WorkloadPlan, ClaimThatMayNotBeReadIsJudgedByItsMount) {
  World world;
  world.pod_spec = R"(,"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"files"}}])";
  world.http.on("GET", core_url + "persistentvolumeclaims/files")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"no"})");
  EXPECT_NE(find(world.plan(), "P22"), nullptr);
  World reader;
  reader.pod_spec =
      R"(,"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"files","readOnly":true}}])";
  reader.http.on("GET", core_url + "persistentvolumeclaims/files")
      .reply(403, R"({"kind":"Status","reason":"Forbidden","message":"no"})");
  EXPECT_TRUE(reader.plan().findings.empty());
}

Tree secret(const std::string& data) {
  return json(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"key"},"data":)" + data +
              "}");
}

TEST(WorkloadPlan, SecretThatOnlyEveryRenderMakesUpIsShared) {
  World world;
  world.more = {{.stable = secret(R"({"k":"b2xk"})"),
                 .candidate = secret(R"({"k":"b2xk"})"),
                 .volatile_only = true,
                 .volatiles = {"/data/k"}}};
  const Planned planned = world.plan();
  EXPECT_TRUE(world.object(planned, "Secret").is_null());
  EXPECT_EQ(world.object(planned, "Deployment")
                .text_or("/spec/template/spec/containers/0/envFrom/0/secretRef/name", ""),
            "key");
}

TEST(WorkloadPlan, CopyOfASecretHasThePasswordThatRuns) {
  World world;
  world.more = {{.kind = ObjectChange::Kind::changed,
                 .stable = secret(R"({"k":"b2xk"})"),
                 .candidate = secret(R"({"k":"b2xk","more":"eA=="})"),
                 .volatiles = {"/data/k"}}};
  world.http.on("GET", core_url + "secrets/key")
      .reply(200, R"({"metadata":{},"data":{"k":"bGl2ZQ=="}})");
  const Tree copy = world.object(world.plan(), "Secret");
  EXPECT_EQ(copy.text_or("/data/k", ""), "bGl2ZQ==");
  EXPECT_EQ(copy.text_or("/data/more", ""), "eA==");
  EXPECT_TRUE(copy.text_or("/metadata/name", "").starts_with("key-"));
}

TEST(WorkloadPlan, FirstInstallAsksForNoRights) {
  World world;
  core::Plan wish{.target = {.release = "kai"}, .services = {{.name = "web", .port = {}}}};
  ports::ReleasePlan release{.name_space = "shop", .first_install = true};
  release.objects = {{.kind = ObjectChange::Kind::added, .candidate = deployment("app:v1")},
                     {.kind = ObjectChange::Kind::added, .candidate = service}};
  std::optional<Result<Planned>> answer;
  plan_workload(*world.client, wish, release,
                [&](Result<Planned> planned) { answer.emplace(std::move(planned)); });
  EXPECT_FALSE(answer);
  world.timers.advance(std::chrono::seconds(5));
  ASSERT_TRUE(answer && *answer);
  EXPECT_TRUE((*answer)->findings.empty());
  EXPECT_FALSE(world.has_asked("authorization.k8s.io"));
}

}  // namespace
}  // namespace kai::edges
