#include "edges/gateway_api/route_acceptance.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

Tree json(const std::string& text) {
  auto tree = codec::parse_json(text);
  EXPECT_TRUE(tree) << text;
  return tree.value_or(Tree());
}

std::string condition(const std::string& type, const std::string& status, int generation,
                      const std::string& message = "") {
  return R"({"type":")" + type + R"(","status":")" + status +
         R"(","reason":"Because","message":")" + message + R"(","observedGeneration":)" +
         std::to_string(generation) + "}";
}

std::string parent(const std::string& conditions, const std::string& name = "public",
                   const std::string& controller = "c/1") {
  return R"({"controllerName":")" + controller +
         R"(","parentRef":{"group":"gateway.networking.k8s.io","kind":"Gateway","name":")" + name +
         R"("},"conditions":[)" + conditions + "]}";
}

Tree route(const std::string& parents, const std::string& named = R"([{"name":"public"}])") {
  return json(R"({"metadata":{"namespace":"shop","generation":7},"spec":{"parentRefs":)" + named +
              R"(},"status":{"parents":[)" + parents + "]}}");
}

const std::string good =
    condition("Accepted", "True", 7) + "," + condition("ResolvedRefs", "True", 7);

RouteAcceptance read(const Tree& object, const Tree& known = Tree::list()) {
  return read_acceptance(object, known);
}

TEST(RouteAcceptance, BothConditionsOfThisGenerationAreAccepted) {
  EXPECT_EQ(read(route(parent(good))).state, Acceptance::accepted);
}

struct Lie {
  std::string name;
  std::string conditions;
  Acceptance state;
  std::string detail;
};

class RouteLies : public testing::TestWithParam<Lie> {};

TEST_P(RouteLies, AreNotAccepted) {
  const RouteAcceptance acceptance = read(route(parent(GetParam().conditions)));
  EXPECT_EQ(acceptance.state, GetParam().state);
  EXPECT_NE(acceptance.detail.find(GetParam().detail), std::string::npos) << acceptance.detail;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RouteLies,
    testing::Values(
        Lie{"Stale", condition("Accepted", "True", 6) + "," + condition("ResolvedRefs", "True", 7),
            Acceptance::pending, "another generation"},
        Lie{"HalfStale",
            condition("Accepted", "True", 7) + "," + condition("ResolvedRefs", "True", 6),
            Acceptance::pending, "ResolvedRefs is of another"},
        Lie{"FromTheFuture",
            condition("Accepted", "True", 8) + "," + condition("ResolvedRefs", "True", 8),
            Acceptance::pending, "another generation"},
        Lie{"NoGeneration",
            R"({"type":"Accepted","status":"True"},{"type":"ResolvedRefs","status":"True"})",
            Acceptance::pending, "another generation"},
        Lie{"NoConditions", "", Acceptance::pending, "no condition Accepted"},
        Lie{"NoResolvedRefs", condition("Accepted", "True", 7), Acceptance::pending,
            "no condition ResolvedRefs"},
        Lie{"Unknown",
            condition("Accepted", "Unknown", 7) + "," + condition("ResolvedRefs", "True", 7),
            Acceptance::pending, "unknown"},
        Lie{"NotAccepted",
            condition("Accepted", "False", 7, "no listener") + "," +
                condition("ResolvedRefs", "True", 7),
            Acceptance::refused, "no listener"},
        Lie{"BackendMissing",
            condition("Accepted", "True", 7) + "," +
                condition("ResolvedRefs", "False", 7, "service not found"),
            Acceptance::refused, "service not found"},
        Lie{"FallBack",
            condition("PartiallyInvalid", "True", 7, "Fall Back to old") + "," +
                condition("Accepted", "True", 6) + "," + condition("ResolvedRefs", "True", 7),
            Acceptance::refused, "Fall Back"},
        Lie{"DroppedRule", good + "," + condition("PartiallyInvalid", "True", 7, "Dropped Rule 1"),
            Acceptance::refused, "Dropped Rule"},
        Lie{"OldPartial", good + "," + condition("PartiallyInvalid", "True", 6, "Dropped Rule 1"),
            Acceptance::pending, "older generation"},
        Lie{"Garbage",
            R"(null, 7, {"type": 1}, {"type":"Accepted","status":true,"observedGeneration":"7"})",
            Acceptance::pending, "another generation"}),
    [](const auto& lie) { return lie.param.name; });

TEST(RouteAcceptance, ParentThatHasNotAnsweredIsPending) {
  const Tree object = route(parent(good), R"([{"name":"public"},{"name":"private"}])");
  EXPECT_EQ(read(object).state, Acceptance::pending);
  EXPECT_NE(read(object).detail.find("'private'"), std::string::npos);
}

TEST(RouteAcceptance, ControllerThatWentSilentIsPending) {
  const Tree known = answering_parents(route(parent(good) + "," + parent(good, "public", "c/2")));
  ASSERT_EQ(known.as_list()->size(), 2U);
  EXPECT_EQ(read(route(parent(good)), known).state, Acceptance::pending);
  EXPECT_NE(read(route(parent(good)), known).detail.find("c/2"), std::string::npos);
}

TEST(RouteAcceptance, StatusOfAParentThatTheRouteDoesNotNameIsIgnored) {
  const Tree object =
      route(parent(good) + "," + parent(condition("Accepted", "False", 7), "other"));
  EXPECT_EQ(read(object).state, Acceptance::accepted);
}

TEST(RouteAcceptance, OtherSectionIsAnotherParent) {
  EXPECT_EQ(read(route(parent(good), R"([{"name":"public","sectionName":"https"}])")).state,
            Acceptance::pending);
}

TEST(RouteAcceptance, OneRefusalOutweighsEveryAcceptance) {
  const Tree object =
      route(parent(good) + "," + parent(condition("Accepted", "False", 7), "public", "c/2") + "," +
            parent("", "public", "c/3"));
  EXPECT_EQ(read(object).state, Acceptance::refused);
}

TEST(RouteAcceptance, RouteWithoutParentOrStatusIsNeverAccepted) {
  EXPECT_EQ(read(route("", "[]")).state, Acceptance::refused);
  EXPECT_EQ(read(route("")).state, Acceptance::pending);
  EXPECT_EQ(read(Tree()).state, Acceptance::pending);
}

TEST(RouteAcceptance, PropagationIsThatOfTheSlowestController) {
  EXPECT_EQ(propagation_of(Tree::list()), std::chrono::seconds(5));
  EXPECT_EQ(propagation_of(json(R"([{"controllerName":"projectcontour.io/gateway-controller"}])")),
            std::chrono::seconds(1));
  EXPECT_EQ(
      propagation_of(json(
          R"([{"controllerName":"projectcontour.io/x"},{"controllerName":"networking.gke.io/gateway"}])")),
      std::chrono::seconds(120));
}

}  // namespace
}  // namespace kai::edges
