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

core::ArmSeen look(const Snapshot& snapshot, std::int64_t hundredths, SteadyTime now,
                   ArmsMemory& memory) {
  const ServiceArm service{.name = "api",
                           .service = "api",
                           .canary_service = "api-canary",
                           .workload = "api",
                           .canary_workload = "api-canary",
                           .candidate_template = {},
                           .stable_template = {}};
  return state_of({service}, snapshot, core::Weight::from_hundredths(hundredths), 0, now, memory)
      .seen.canary;
}

core::ArmSeen canary_at(const Snapshot& snapshot, std::int64_t hundredths) {
  ArmsMemory memory;
  return look(snapshot, hundredths, SteadyTime{}, memory);
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

// The canary's only pod waits for its image.
Snapshot unpulled(const std::string& reason) {
  Snapshot snapshot = snapshot_of(2, "5000");
  snapshot.pods = {
      yaml("{metadata: {name: p, ownerReferences: [{uid: r}]}, status: {containerStatuses: [{name: "
           "c, state: {waiting: {reason: " +
           reason + ", message: no such tag}}}]}}")};
  return snapshot;
}

TEST(ArmsTest, OnePullThatFailedIsNotFatalAndTwoAre) {
  ArmsMemory memory;
  const auto fatal = [&](const std::string& reason, Duration at) {
    return look(unpulled(reason), 5000, SteadyTime{at}, memory).fatal;
  };
  using std::chrono::seconds;
  EXPECT_FALSE(fatal("ErrImagePull", seconds(0)));
  EXPECT_FALSE(fatal("ErrImagePull", pull_error_max - seconds(1)));
  EXPECT_FALSE(fatal("ContainerCreating", seconds(12))) << "the second try";
  EXPECT_FALSE(fatal("ErrImagePull", seconds(13))) << "counted anew";
  const auto twice = fatal("ErrImagePull", seconds(13) + pull_error_max);
  ASSERT_TRUE(twice);
  EXPECT_NE(twice->sentence.find("ErrImagePull: no such tag"), std::string::npos);
  ArmsMemory nothing;
  EXPECT_TRUE(look(unpulled("ImagePullBackOff"), 5000, SteadyTime{}, nothing).fatal);
}

TEST(ArmsTest, PodsThatAreGoneAreForgotten) {
  ArmsMemory memory;
  EXPECT_FALSE(look(unpulled("ErrImagePull"), 5000, SteadyTime{}, memory).fatal);
  EXPECT_EQ(memory.pull_errors.size(), 1U);
  EXPECT_TRUE(look(snapshot_of(2, "5000"), 5000, SteadyTime{}, memory).ready);
  EXPECT_TRUE(memory.pull_errors.empty());
}

}  // namespace
}  // namespace kai::edges
