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

Tree slice(const std::string& name, Tree::List endpoints) {
  Tree metadata;
  metadata.set("name", name);
  Tree object;
  object.set("metadata", std::move(metadata));
  object.set("endpoints", Tree(std::move(endpoints)));
  return object;
}

TEST(EndpointLosses, FirstSightOfASliceLosesNothing) {
  EndpointLosses losses;
  EXPECT_FALSE(losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)})));
  EXPECT_FALSE(losses.note(Change::added, slice("b", {})));
}

TEST(EndpointLosses, MoreEndpointsLoseNothing) {
  EndpointLosses losses;
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_FALSE(losses.note(Change::modified,
                           slice("a", {endpoint("10.0.0.1", true), endpoint("10.0.0.2", true)})));
}

TEST(EndpointLosses, AnEndpointThatIsUnreadyLeavingOrGoneIsALoss) {
  const std::vector<Tree::List> afterwards = {
      {endpoint("10.0.0.1", false)}, {endpoint("10.0.0.1", true, true)}, {}};
  for (const Tree::List& endpoints : afterwards) {
    EndpointLosses losses;
    (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
    EXPECT_TRUE(losses.note(Change::modified, slice("a", endpoints)));
    EXPECT_FALSE(losses.note(Change::modified, slice("a", endpoints))) << "told once";
  }
}

TEST(EndpointLosses, AnEndpointThatIsReplacedIsALoss) {
  EndpointLosses losses;
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_TRUE(losses.note(Change::modified, slice("a", {endpoint("10.0.0.2", true)})));
}

TEST(EndpointLosses, ASliceThatIsDeletedTakesItsReadyEndpointsAway) {
  EndpointLosses losses;
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  (void)losses.note(Change::added, slice("empty", {}));
  EXPECT_FALSE(losses.note(Change::deleted, slice("empty", {})));
  EXPECT_FALSE(losses.note(Change::deleted, slice("unknown", {})));
  EXPECT_TRUE(losses.note(Change::deleted, slice("a", {})));
}

}  // namespace
}  // namespace kai::edges
