#include "edges/kube_workload/endpoint_losses.h"

#include <gtest/gtest.h>

#include <vector>

namespace kai::edges {
namespace {

using kubeapi::Change;
using ports::WorkloadNews;

constexpr WorkloadNews nothing = WorkloadNews::changed;

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
  EXPECT_EQ(losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)})), nothing);
  EXPECT_EQ(losses.note(Change::added, slice("b", {})), nothing);
}

TEST(EndpointLosses, MoreEndpointsLoseNothing) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_EQ(losses.note(Change::modified,
                        slice("a", {endpoint("10.0.0.1", true), endpoint("10.0.0.2", true)})),
            nothing);
}

TEST(EndpointLosses, TheLastEndpointThatIsUnreadyLeavingOrGoneEmptiesItsService) {
  const std::vector<Tree::List> afterwards = {
      {endpoint("10.0.0.1", false)}, {endpoint("10.0.0.1", true, true)}, {}};
  for (const Tree::List& endpoints : afterwards) {
    EndpointLosses losses({"api-canary"});
    (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
    EXPECT_EQ(losses.note(Change::modified, slice("a", endpoints)), WorkloadNews::service_empty);
    EXPECT_EQ(losses.note(Change::modified, slice("a", endpoints)), nothing) << "told once";
  }
}

TEST(EndpointLosses, AnEndpointThatIsReplacedIsALoss) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  EXPECT_EQ(losses.note(Change::modified, slice("a", {endpoint("10.0.0.2", true)})),
            WorkloadNews::endpoints_fewer);
}

TEST(EndpointLosses, AServiceIsEmptyWhenNoneOfItsSlicesHasAnEndpointLeft) {
  EndpointLosses losses({"api-canary", "web-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  (void)losses.note(Change::added, slice("b", {endpoint("10.0.0.2", true)}));
  (void)losses.note(Change::added, slice("c", {endpoint("10.0.0.3", true)}, "web-canary"));
  EXPECT_EQ(losses.note(Change::modified, slice("a", {})), WorkloadNews::endpoints_fewer);
  EXPECT_EQ(losses.note(Change::deleted, slice("b", {}, "")), WorkloadNews::service_empty);
}

TEST(EndpointLosses, StablesEndpointsMayComeAndGo) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}, "api"));
  EXPECT_EQ(losses.note(Change::modified, slice("a", {}, "api")), nothing);
  (void)losses.note(Change::modified, slice("a", {endpoint("10.0.0.2", true)}, "api"));
  EXPECT_EQ(losses.note(Change::deleted, slice("a", {}, "api")), nothing);
}

// After a gap the watch knows no more of it than its name.
TEST(EndpointLosses, ASliceThatIsDeletedTakesItsReadyEndpointsAway) {
  EndpointLosses losses({"api-canary"});
  (void)losses.note(Change::added, slice("a", {endpoint("10.0.0.1", true)}));
  (void)losses.note(Change::added, slice("empty", {}));
  EXPECT_EQ(losses.note(Change::deleted, slice("empty", {})), nothing);
  EXPECT_EQ(losses.note(Change::deleted, slice("unknown", {})), nothing);
  EXPECT_EQ(losses.note(Change::deleted, slice("a", {}, "")), WorkloadNews::service_empty);
}

}  // namespace
}  // namespace kai::edges
