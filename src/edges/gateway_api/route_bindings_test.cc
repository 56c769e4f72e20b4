#include "edges/gateway_api/route_bindings.h"

#include <gtest/gtest.h>

#include <array>

#include "codec/json.h"

namespace kai::edges {
namespace {

const std::array steps{core::Weight::from_hundredths(1000), core::Weight::from_hundredths(5000)};

ports::WorkloadPlan shop() {
  return {.data = {},
          .name_space = "shop",
          .services = {{.name = "api",
                        .service = "api",
                        .canary_service = "api-canary",
                        .workload = "api",
                        .canary_workload = "api-canary",
                        .port = 80,
                        .canary_port = 80}},
          .lines = {}};
}

ListedRoute route(const std::string& rules, const std::string& name_space = "shop") {
  auto tree = codec::parse_json(R"({"metadata":{"namespace":")" + name_space +
                                R"(","name":"kai","uid":"u1"},"spec":{"rules":)" + rules + "}}");
  EXPECT_TRUE(tree) << rules;
  return {.resource = "httproutes", .object = tree.value_or(Tree())};
}

FoundBindings find(const std::vector<ListedRoute>& routes, const std::vector<Tree>& grants = {}) {
  return find_bindings(routes, grants, shop(), steps);
}

Tree grant(const std::string& to) {
  return *codec::parse_json(
      R"({"spec":{"from":[{"group":"gateway.networking.k8s.io","kind":"HTTPRoute","namespace":"edge"}],"to":[)" +
      to + "]}}");
}

TEST(RouteBindings, EveryRuleThatLeadsToTheServiceIsBound) {
  const auto found = find({route(R"([{"backendRefs":[{"name":"other","port":80}]},
    {"backendRefs":[{"name":"api","port":80}]},{"backendRefs":[{"name":"api","port":80,"weight":9},{"name":"x","port":80,"weight":1}]}])")});
  ASSERT_EQ(found.routes.size(), 1U);
  ASSERT_EQ(found.routes[0].rules.size(), 2U);
  EXPECT_EQ(found.routes[0].rules[0].rule, 1U);
  EXPECT_EQ(found.routes[0].rules[0].scale.total, 10'000);
  EXPECT_EQ(found.routes[0].rules[1].scale, (RouteScale{.multiplier = 9, .total = 81}));
  EXPECT_TRUE(found.refused.empty());
}

TEST(RouteBindings, OtherPortIsALeakAndNotBound) {
  const auto found = find({route(R"([{"backendRefs":[{"name":"api","port":8080}]}])")});
  EXPECT_TRUE(found.routes.empty());
  ASSERT_EQ(found.leaks.size(), 1U);
  EXPECT_EQ(
      found.leaks[0],
      "httproutes shop/kai rule 1 sends traffic to api on port 8080, the rollout is about port 80");
}

TEST(RouteBindings, OtherKindsAndNamespacesAreNotOurs) {
  const auto found =
      find({route(R"([{"backendRefs":[{"kind":"InferencePool","group":"x","name":"api","port":80},
    {"name":"api","namespace":"else","port":80}]}])")});
  EXPECT_TRUE(found.routes.empty());
  EXPECT_TRUE(found.leaks.empty() && found.refused.empty() && found.rejected.empty());
}

TEST(RouteBindings, WeightZeroIsRejectedWithItsReason) {
  const auto found = find({route(R"([{"backendRefs":[{"name":"api","port":80,"weight":0}]}])")});
  ASSERT_EQ(found.rejected.size(), 1U);
  EXPECT_EQ(found.rejected[0], "httproutes shop/kai rule 1: its weight for api is 0");
}

TEST(RouteBindings, LeftOverEntryIsRefused) {
  const auto found = find({route(
      R"([{"backendRefs":[{"name":"api","port":80},{"name":"api-canary","port":80,"weight":0}]}])")});
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_NE(found.refused[0].find("already has an entry for api-canary"), std::string::npos);
}

TEST(RouteBindings, SixteenEntriesAreRefused) {
  std::string entries = R"({"name":"api","port":80})";
  for (int i = 0; i < 15; ++i) entries += R"(,{"name":"o)" + std::to_string(i) + R"(","port":80})";
  const auto found = find({route(R"([{"backendRefs":[)" + entries + "]}]")});
  ASSERT_EQ(found.refused.size(), 1U);
  EXPECT_NE(found.refused[0].find("has 16 entries"), std::string::npos);
}

TEST(RouteBindings, CrossNamespaceRouteNeedsAGrantForBothServices) {
  const std::string rules = R"([{"backendRefs":[{"name":"api","namespace":"shop","port":80}]}])";
  EXPECT_EQ(find({route(rules, "edge")}).rejected.size(), 1U);
  EXPECT_EQ(find({route(rules, "edge")}, {grant(R"({"group":"","kind":"Service"})")}).routes.size(),
            1U);
  const auto limited =
      find({route(rules, "edge")}, {grant(R"({"group":"","kind":"Service","name":"api"})")});
  ASSERT_EQ(limited.refused.size(), 1U);
  EXPECT_NE(limited.refused[0].find("names that Service"), std::string::npos);
}

TEST(RouteBindings, MirrorAndStickySessionAreReportedAndLeftAlone) {
  const auto found = find({route(
      R"([{"filters":[{"type":"RequestMirror","requestMirror":{"backendRef":{"name":"api","port":80}}}],
    "sessionPersistence":{"type":"Cookie"},"backendRefs":[{"name":"api","port":80}]}])")});
  EXPECT_EQ(found.routes.size(), 1U);
  EXPECT_EQ(found.warnings.size(), 2U);
}

TEST(RouteBindings, HostileObjectsAreOrdinaryInput) {
  for (const char* rules :
       {"null", "{}", "[]", "[null]", "[[]]", "[{}]", R"([{"backendRefs":null}])",
        R"([{"backendRefs":{}}])", R"([{"backendRefs":[null,1,"api",[],{}]}])",
        R"([{"backendRefs":[{"name":null,"weight":null}]}])",
        R"([{"filters":[null,{"requestMirror":null}],"backendRefs":[]}])"}) {
    EXPECT_TRUE(find({route(rules)}).routes.empty()) << rules;
  }
  EXPECT_TRUE(find({ListedRoute{.resource = "httproutes", .object = Tree()}}).routes.empty());
  for (const char* weight : {"-1", "1.5", "\"10\"", "1000001", "true", "9223372036854775807"}) {
    const auto found = find({route(R"([{"backendRefs":[{"name":"api","port":80,"weight":)" +
                                   std::string(weight) + "}]}]")});
    EXPECT_TRUE(found.routes.empty() && found.refused.size() == 1) << weight;
  }
}

TEST(RouteBindings, PackedBindingsAreTheSameAgain) {
  auto found = find({route(R"([{"backendRefs":[{"name":"api","port":80}]}])")});
  const RouteData data{.routes = found.routes,
                       .steps = {steps.begin(), steps.end()},
                       .propagation_max = std::chrono::seconds(5)};
  const auto again =
      unpack_route_data(*codec::parse_json(codec::write_json(pack_route_data(data))));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->routes[0].rules, data.routes[0].rules);
  EXPECT_EQ(again->routes[0].spec, data.routes[0].spec);
  EXPECT_EQ(again->steps, data.steps);
  EXPECT_EQ(unpack_route_data(Tree("x")).error().kind, ErrorKind::malformed);
  EXPECT_FALSE(unpack_route_data(Tree()));
}

}  // namespace
}  // namespace kai::edges
