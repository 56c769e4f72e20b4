// The patches of a route's whole life, applied to an object in memory: attach, weights, lowering,
// restore.
#include "edges/gateway_api/route_patch.h"

#include <gtest/gtest.h>

#include <array>

#include "codec/json.h"
#include "codec/json_patch.h"
#include "edges/gateway_api/route_bindings.h"
#include "edges/gateway_api/route_restore.h"
#include "edges/gateway_api/route_rules.h"

namespace kai::edges {
namespace {

using core::Weight;

const std::array steps{Weight::from_hundredths(500), Weight::from_hundredths(3333), Weight::full()};

Tree json(const std::string& text) {
  auto tree = codec::parse_json(text);
  EXPECT_TRUE(tree) << text;
  return tree.value_or(Tree());
}

Tree served_route() {
  return json(
      R"({"metadata":{"namespace":"shop","name":"kai","uid":"u1","resourceVersion":"7","generation":1,
    "managedFields":[{"manager":"helm","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z",
                      "fieldsV1":{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:rules":{},"f:hostnames":{}}}},
                     {"manager":"contour","operation":"Update","subresource":"status","fieldsV1":{"f:status":{"f:parents":{}}}}]},
    "spec":{"hostnames":["a.test"],"rules":[
      {"backendRefs":[{"name":"web","port":80,"weight":1}]},
      {"backendRefs":[{"name":"api","port":80,"weight":1,"filters":[{"type":"x"}]}]},
      {"backendRefs":[{"name":"api","port":80,"weight":3},{"name":"else","port":80,"weight":1}]}]}})");
}

RouteBinding bind(const Tree& object) {
  const ports::WorkloadPlan workload{.data = {},
                                     .name_space = "shop",
                                     .services = {{.name = "api",
                                                   .service = "api",
                                                   .canary_service = "api-canary",
                                                   .workload = "",
                                                   .canary_workload = "",
                                                   .port = 80,
                                                   .canary_port = 80}},
                                     .lines = {}};
  const std::vector<ListedRoute> routes{{.resource = "httproutes", .object = object}};
  FoundBindings found = find_bindings(routes, {}, workload, steps);
  EXPECT_EQ(found.routes.size(), 1U);
  found.routes[0].managed = owners_of_rules(object);
  return found.routes[0];
}

core::Stamp stamp(std::uint64_t seq, bool down = false) {
  return {.rollout = "r1", .epoch = 1, .seq = seq, .down = down};
}

Tree patched(const Tree& object, const Tree& patch) {
  auto result = codec::apply(object, patch);
  EXPECT_TRUE(result) << codec::write_json(patch);
  return result.value_or(Tree());
}

Tree changed(const RouteBinding& binding, const Tree& object, ports::RouteTarget target,
             core::Stamp by) {
  const auto change = change_route(binding, object, target, by);
  EXPECT_TRUE(change);
  return change ? patched(object, change->patch) : Tree();
}

constexpr ports::RouteTarget attached{.attached = true, .canary = Weight::zero()};
ports::RouteTarget at(Weight weight) { return {.attached = true, .canary = weight}; }

TEST(RoutePatch, AttachAppendsOurEntryWithoutWeightAndKeepsEveryShare) {
  const Tree before = served_route();
  const RouteBinding binding = bind(before);
  const Tree after = changed(binding, before, attached, stamp(1));
  EXPECT_EQ(*after.at("/spec/rules/1/backendRefs/1"),
            json(R"({"name":"api-canary","port":80,"weight":0,"filters":[{"type":"x"}]})"));
  EXPECT_EQ(after.int_at("/spec/rules/1/backendRefs/0/weight"), 10'000);
  const std::int64_t multiplier = binding.rules[1].scale.multiplier;
  EXPECT_GT(multiplier, 1);
  EXPECT_EQ(after.int_at("/spec/rules/2/backendRefs/0/weight"), 3 * multiplier);
  EXPECT_EQ(after.int_at("/spec/rules/2/backendRefs/1/weight"), multiplier);
  EXPECT_EQ(*after.at("/spec/rules/0"), *before.at("/spec/rules/0"));
  EXPECT_EQ(*stamp_text(after), "r1.1.1");
  EXPECT_TRUE(is_at(binding, after, attached));
}

TEST(RoutePatch, OnlyPlannedPathsDifferAtEveryWeight) {
  const Tree before = served_route();
  const RouteBinding binding = bind(before);
  Tree object = changed(binding, before, attached, stamp(1));
  std::uint64_t seq = 2;
  for (const std::int64_t hundredths : {1, 500, 3333, 10'000, 0}) {
    const Weight weight = Weight::from_hundredths(hundredths);
    object = changed(binding, object, at(weight), stamp(seq++));
    EXPECT_TRUE(is_at(binding, object, at(weight)));
    for (const std::string& pointer : codec::differing_pointers(before, object)) {
      const bool planned = pointer.starts_with("/metadata/annotations") ||
                           pointer.ends_with("/weight") || pointer.ends_with("backendRefs/1") ||
                           pointer.ends_with("backendRefs/2");
      EXPECT_TRUE(planned) << pointer;
    }
    const RuleWeights alone = weights_of(object, locate_rules(binding, object)[0]);
    EXPECT_EQ(alone.stable + alone.canary, 10'000);
  }
}

TEST(RoutePatch, LiveShareIsTheStepThatWasWritten) {
  const RouteBinding binding = bind(served_route());
  Tree object = changed(binding, served_route(), attached, stamp(1));
  for (const Weight step : steps) {
    object = changed(binding, object, at(step), stamp(2));
    const LiveRoute live = read_live(binding, object, steps);
    EXPECT_EQ(live.most, step);
    EXPECT_EQ(live.least, step);
    EXPECT_TRUE(live.attached);
  }
}

TEST(RoutePatch, EntryThatIsMissingIsNeverAddedWithWeight) {
  const RouteBinding binding = bind(served_route());
  const auto change = change_route(binding, served_route(), at(steps[0]), stamp(1));
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->complete);
  EXPECT_EQ(read_live(binding, patched(served_route(), change->patch), steps).most, Weight::zero());
}

TEST(RoutePatch, NewerStampMeansOvertaken) {
  const RouteBinding binding = bind(served_route());
  const Tree object = changed(binding, served_route(), attached, stamp(5));
  const auto late = change_route(binding, object, at(steps[0]), stamp(4));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::unavailable);
  EXPECT_NE(late.error().message.find("overtaken"), std::string::npos);
}

TEST(RoutePatch, RaiseMeetsAForeignEditOfOurEntryAndLoweringDoesNot) {
  const RouteBinding binding = bind(served_route());
  const Tree ours = changed(binding, served_route(), at(Weight::zero()), stamp(1));
  Tree edited = ours;
  edited.set_at("/spec/rules/1/backendRefs/1/weight", 77);
  EXPECT_FALSE(codec::apply(edited, change_route(binding, ours, at(steps[1]), stamp(2))->patch));
  EXPECT_TRUE(
      codec::apply(edited, change_route(binding, ours, at(Weight::zero()), stamp(2, true))->patch));
}

TEST(RoutePatch, StaleStampFailsTheTest) {
  const RouteBinding binding = bind(served_route());
  const Tree first = changed(binding, served_route(), attached, stamp(1));
  const Tree second = changed(binding, first, attached, stamp(2));
  EXPECT_FALSE(codec::apply(second, change_route(binding, first, attached, stamp(3))->patch));
}

TEST(RoutePatch, MovedRulesAreFoundByName) {
  const RouteBinding binding = bind(served_route());
  Tree object = changed(binding, served_route(), attached, stamp(1));
  Tree::List& rules = *object.at("/spec/rules")->as_list();
  rules.erase(rules.begin());
  object = changed(binding, object, at(steps[1]), stamp(2));
  EXPECT_EQ(object.int_at("/spec/rules/0/backendRefs/1/weight"), 3333);
}

TEST(RoutePatch, AllWeightsZeroAreNeverWritten) {
  const RouteBinding binding = bind(served_route());
  Tree object = changed(binding, served_route(), attached, stamp(1));
  object = changed(binding, object, at(Weight::full()), stamp(2));
  Tree::List& entries = *object.at("/spec/rules/1/backendRefs")->as_list();
  entries.erase(entries.begin());  // somebody removed stable
  object = changed(binding, object, at(Weight::zero()), stamp(3, true));
  EXPECT_EQ(object.int_at("/spec/rules/1/backendRefs/0/weight"), 10'000);
  EXPECT_EQ(object.int_at("/spec/rules/2/backendRefs/2/weight"), 0);
}

TEST(RoutePatch, RestoreIsByteExact) {
  const Tree before = served_route();
  const RouteBinding binding = bind(before);
  Tree object = changed(binding, before, attached, stamp(1));
  object = changed(binding, object, at(steps[1]), stamp(2));
  EXPECT_EQ(removal_patch(binding, object, stamp(3)).error().kind, ErrorKind::unavailable);
  object = changed(binding, object, at(Weight::zero()), stamp(4));
  const auto removal = removal_patch(binding, object, stamp(4));
  ASSERT_TRUE(removal && *removal);
  object = patched(object, **removal);
  EXPECT_EQ(object, before);
  EXPECT_TRUE(foreign_edits(binding, object).empty());
  EXPECT_FALSE(*removal_patch(binding, object, stamp(5)));
}

TEST(RoutePatch, ForeignEditsSurviveRestoreAndAreNamed) {
  const RouteBinding binding = bind(served_route());
  Tree object = changed(binding, served_route(), attached, stamp(1));
  object.set_at("/spec/hostnames", json(R"(["b.test"])"));
  object.set_at("/spec/rules/2/backendRefs/1/weight", 5);
  object = patched(object, **removal_patch(binding, object, stamp(2)));
  EXPECT_EQ(foreign_edits(binding, object),
            (std::vector<std::string>{"/hostnames/0", "/rules/2/backendRefs/1/weight"}));
  EXPECT_EQ(object.int_at("/spec/rules/2/backendRefs/0/weight"), 3);
}

TEST(RoutePatch, StampThatAnUpgradeLeftBehindIsRemoved) {
  const RouteBinding binding = bind(served_route());
  Tree object = served_route();
  object.set_at("/metadata/annotations", json(R"({"kai-canary.dev/stamp":"r1.1.2","a":"b"})"));
  object = patched(object, **removal_patch(binding, object, stamp(3)));
  EXPECT_EQ(*object.at("/metadata/annotations"), json(R"({"a":"b"})"));
}

TEST(RoutePatch, OwnershipGoesBackToWhomItWas) {
  const Tree before = served_route();
  const RouteBinding binding = bind(before);
  Tree object = before;
  object.set_at("/metadata/managedFields", json(R"([
    {"manager":"helm","operation":"Apply","apiVersion":"v1","time":"2026-02-02T00:00:00Z","fieldsV1":{"f:metadata":{"f:labels":{"f:a":{}}},"f:spec":{"f:hostnames":{}}}},
    {"manager":"contour","operation":"Update","subresource":"status","time":"x","fieldsV1":{"f:status":{"f:parents":{}}}},
    {"manager":"kai-canary-route","operation":"Update","apiVersion":"v1","fieldsV1":{"f:spec":{"f:rules":{}}}}])"));
  const auto patch = ownership_patch(binding, object);
  ASSERT_TRUE(patch);
  const Tree after = patched(object, *patch);
  EXPECT_EQ(after.list_at("/metadata/managedFields")->size(), 2U);
  EXPECT_EQ(*after.at("/metadata/managedFields/0"), *before.at("/metadata/managedFields/0"));
  EXPECT_EQ(*after.at("/metadata/managedFields/1"), *object.at("/metadata/managedFields/1"));
  EXPECT_FALSE(ownership_patch(binding, after));
}

TEST(RoutePatch, WriterOfTheRulesIsNamed) {
  Tree object = served_route();
  EXPECT_EQ(last_writer(object), "helm");
  object.set_at("/metadata/managedFields",
                json(R"([{"manager":"kai-canary-route","fieldsV1":{"f:spec":{"f:rules":{}}}}])"));
  EXPECT_EQ(last_writer(object), "");
}

}  // namespace
}  // namespace kai::edges
