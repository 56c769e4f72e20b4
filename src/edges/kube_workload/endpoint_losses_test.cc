#include "edges/kube_workload/endpoint_losses.h"

#include <gtest/gtest.h>

#include <vector>

namespace kai::edges {
namespace {

using kubeapi::Change;

Tree endpoint(const std::string& address, bool ready, bool terminating = false) {
  Tree conditions;
  conditions.set("ready", ready);
  conditions.set("terminating", terminating);
  Tree item;
  item.set("addresses", Tree(Tree::List{Tree(address)}));
  item.set("conditions", std::move(conditions));
  return item;
}

Tree slice(const std::string& name, Tree::List endpoints,
           const std::string& service = "api-canary") {
  Tree metadata;
  metadata.set("name", name);
  metadata.set("labels", Tree(Tree::Map{{"kubernetes.io/service-name", service}}));
  Tree object;
  object.set("metadata", std::move(metadata));
  object.set("endpoints", Tree(std::move(endpoints)));
  return object;
}

TEST(EndpointLosses, FirstSightOfASliceLosesNothing) {
  EndpointLosses losses({"api-canary"});
  EXPECT_FALSE(losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)})));
  EXPECT_FALSE(losses.note(Change::added, slice("b", {})));
}

TEST(EndpointLosses, MoreEndpointsLoseNothing) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_FALSE(losses.note(Change::modified,
                           slice("a", {endpoint("10.0.0.1", true), endpoint("10.0.0.2", true)})));
}

TEST(EndpointLosses, AnEndpointThatIsUnreadyLeavingOrGoneIsALoss) {
  const std::vector<Tree::List> afterwards = {
      {endpoint("10.0.0.1", false)}, {endpoint("10.0.0.1", true, true)}, {}};
  for (const Tree::List& endpoints : afterwards) {
    EndpointLosses losses({"api-canary"});
    (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
    EXPECT_TRUE(losses.note(Change::modified, slice("a", endpoints)));
    EXPECT_FALSE(losses.note(Change::modified, slice("a", endpoints))) << "told once";
  }
}

TEST(EndpointLosses, AnEndpointThatIsReplacedIsALoss) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_TRUE(losses.note(Change::modified, slice("a", {endpoint("10.0.0.2", true)})));
}

TEST(EndpointLosses, StablesEndpointsMayComeAndGo) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}, "api"));
  EXPECT_FALSE(losses.note(Change::modified, slice("a", {}, "api")));
  (void)losses.note(Change::modified, slice("a", {endpoint("10.0.0.2", true)}, "api"));
  EXPECT_FALSE(losses.note(Change::deleted, slice("a", {}, "api")));
}

// After a gap the watch knows no more of it than its name.
TEST(EndpointLosses, ASliceThatIsDeletedTakesItsReadyEndpointsAway) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  (void)losses.note(Change::added, slice("empty", {}));
  EXPECT_FALSE(losses.note(Change::deleted, slice("empty", {})));
  EXPECT_FALSE(losses.note(Change::deleted, slice("unknown", {})));
  EXPECT_TRUE(losses.note(Change::deleted, slice("a", {}, "")));
}

}  // namespace
}  // namespace kai::edges
