#include "edges/kube_workload/arms.h"

#include <gtest/gtest.h>

#include "codec/yaml.h"

namespace kai::edges {
namespace {

Tree yaml(const std::string& text) { return codec::parse_yaml(text).value(); }

// Stable with `stable` ready pods, a clone of one pod that was sized for `sized_for`, one endpoint.
Snapshot snapshot_of(int stable, const std::string& sized_for) {
  Snapshot snapshot;
  snapshot.deployments["api"] =
      yaml("{metadata: {uid: s}, status: {readyReplicas: " + std::to_string(stable) + "}}");
  snapshot.deployments["api-canary"] =
      yaml("{metadata: {uid: c, annotations: {kai-canary.dev/sized-for: \"" + sized_for +
           "\"}}, spec: {replicas: 1}}");
  snapshot.replica_sets.push_back(yaml("{metadata: {uid: r, ownerReferences: [{uid: c}]}}"));
  snapshot.pods.push_back(
      yaml("{metadata: {name: p, ownerReferences: [{uid: r}]}, status: {conditions: [{type: Ready, "
           "status: 'True'}]}}"));
  snapshot.endpoint_slices.push_back(
      yaml("{metadata: {labels: {kubernetes.io/service-name: api-canary}}, endpoints: [{addresses: "
           "[10.0.0.1], conditions: {ready: true}}]}"));
  return snapshot;
}

core::ArmSeen canary_at(const Snapshot& snapshot, std::int64_t hundredths) {
  SeenDigests seen;
  const ServiceArm service{.name = "api",
                           .service = "api",
                           .canary_service = "api-canary",
                           .workload = "api",
                           .canary_workload = "api-canary",
                           .candidate_template = {},
                           .stable_template = {}};
  return state_of({service}, snapshot, core::Weight::from_hundredths(hundredths), 0, seen)
      .seen.canary;
}

TEST(ArmsTest, AStableThatGrewLaterDoesNotMakeTheCanaryTooSmall) {
  const core::ArmSeen canary = canary_at(snapshot_of(6, "5000"), 5000);
  EXPECT_TRUE(canary.ready);
  EXPECT_EQ(canary.carries, core::Weight::full());
  EXPECT_EQ(canary.wanted, 1U);
}

TEST(ArmsTest, ACloneOfASmallerStepIsTooSmall) {
  const core::ArmSeen canary = canary_at(snapshot_of(6, "1000"), 5000);
  EXPECT_FALSE(canary.ready);
  EXPECT_EQ(canary.wanted, 3U);
  EXPECT_LT(canary.carries, core::Weight::from_hundredths(5000));
}

TEST(ArmsTest, AMarkThatIsNoWeightCountsAsNone) {
  for (const char* const mark : {"", "x", "-1", "99999", "50%"}) {
    EXPECT_FALSE(canary_at(snapshot_of(6, mark), 5000).ready) << mark;
  }
}

TEST(ArmsTest, WithoutEndpointsNothingIsCarried) {
  Snapshot snapshot = snapshot_of(2, "5000");
  snapshot.endpoint_slices.clear();
  const core::ArmSeen canary = canary_at(snapshot, 5000);
  EXPECT_TRUE(canary.any_service_empty);
  EXPECT_EQ(canary.carries, core::Weight::zero());
  EXPECT_FALSE(canary.ready);
}

}  // namespace
}  // namespace kai::edges
