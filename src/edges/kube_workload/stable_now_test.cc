// Stable without a candidate: what a look at its past is about.
#include "edges/kube_workload/stable_now.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>

#include "codec/yaml.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/fake_kube.h"
#include "tests/fakes/fake_process.h"

namespace kai::edges {
namespace {

using Found = ports::Planned<ports::StableNow>;

Tree yaml(const std::string& text) { return codec::parse_yaml(text).value(); }

struct World {
  fakes::FakeTimers timers;
  fakes::FakeHttpClient http{timers};
  fakes::FakeKube kube{http};
  fakes::FakeDisk disk;
  fakes::FakeProcess process{timers};
  fakes::FakeWallClock wall;
  kubeapi::Client client{
      http, timers, timers.clock(), kubeapi::ClusterAccess{.server = "https://api"},
      std::make_shared<kubeapi::Credentials>(kubeapi::UserAccess{}, "https://api", disk, process,
                                             wall, std::map<std::string, std::string>{}, nullptr)};
  core::Plan plan;
  std::vector<Tree> manifest{yaml("{apiVersion: apps/v1, kind: Deployment, metadata: {name: api}, "
                                  "spec: {template: {metadata: {labels: {app: api}}}}}"),
                             yaml("{apiVersion: v1, kind: Service, metadata: {name: api}, "
                                  "spec: {selector: {app: api}, ports: [{port: 80}]}}")};

  World() {
    plan.services_auto = true;
    for (const std::string name : {"api", "api-canary"}) {
      put("apis/apps/v1", "deployments/" + name, "{metadata: {uid: " + name + "}}");
      put("apis/apps/v1", "replicasets/" + name + "-1",
          "{metadata: {uid: " + name + "-1, ownerReferences: [{uid: " + name + "}]}}");
      put("api/v1", "pods/" + name + "-1-x",
          "{metadata: {ownerReferences: [{uid: " + name +
              "-1}]}, status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: \"True\"}]}}");
    }
  }
  void put(const std::string& group, const std::string& name, const std::string& object) {
    kube.put("/" + group + "/namespaces/shop/" + name, yaml(object));
  }
  Result<Found> find() {
    std::optional<Result<Found>> got;
    find_stable_now(client, plan, manifest, "shop",
                    [&](Result<Found> result) { got = std::move(result); });
    timers.advance(std::chrono::minutes(2));
    if (!got) return fail(ErrorKind::malformed, "no answer came");
    return std::move(*got);
  }
};

TEST(StableNow, IsItsServicesAndItsOwnPodsAndNothingIsWritten) {
  World world;
  const auto found = world.find();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->plan.workload.services.size(), 1U);
  EXPECT_EQ(found->plan.workload.services[0].workload, "api");
  ASSERT_EQ(found->plan.pods.size(), 1U) << "pods of a canary are not stable's";
  EXPECT_EQ(found->plan.pods[0].name, "api-1-x");
  EXPECT_EQ(found->plan.pods[0].arm, core::Arm::baseline);
  EXPECT_TRUE(world.kube.log.empty());
}

TEST(StableNow, WithoutItsDeploymentHasNoPods) {
  World world;
  world.kube.objects.erase("/apis/apps/v1/namespaces/shop/deployments/api");
  const auto found = world.find();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->plan.pods.empty());
}

TEST(StableNow, OfAServerThatDoesNotAnswerIsUnknown) {
  World world;
  world.kube.down = Error{ErrorKind::unavailable, "connection refused"};
  const auto found = world.find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unavailable);
}

TEST(StableNow, OfAManifestWithoutAServiceIsAFinding) {
  World world;
  world.manifest.clear();
  const auto found = world.find();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->findings.empty());
  EXPECT_TRUE(found->plan.pods.empty());
}

}  // namespace
}  // namespace kai::edges
