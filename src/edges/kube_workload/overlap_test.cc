#include "edges/kube_workload/overlap.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/yaml.h"
#include "edges/kube_workload/clone_names.h"

namespace kai::edges {
namespace {

using Keys = std::vector<std::string>;

const Labels usual{{"app.kubernetes.io/instance", "kai"},
                   {"app.kubernetes.io/name", "api"},
                   {"tier", "front"},
                   {"version", "v1"}};

CatchingSelector must_break(std::string what, Keys keys) {
  return {.what = std::move(what), .keys = std::move(keys)};
}
CatchingSelector must_keep(std::string what, Keys keys) {
  return {.what = std::move(what), .keys = std::move(keys), .must_keep = true};
}

struct OverlapCase {
  std::string what;
  Labels labels;
  std::vector<CatchingSelector> selectors;
  Keys keys;
};

std::vector<OverlapCase> overlap_table() {
  const std::string instance = "app.kubernetes.io/instance";
  const std::string name = "app.kubernetes.io/name";
  return {
      {"nothing catches", usual, {}, {}},
      {"one Service, the instance is preferred",
       usual,
       {must_break("Service", {name, instance})},
       {instance}},
      {"the short spelling comes second",
       {{"instance", "kai"}, {name, "api"}},
       {must_break("Service", {"instance", name})},
       {"instance"}},
      {"the name comes third",
       {{name, "api"}, {"app", "api"}},
       {must_break("Service", {"app", name})},
       {name}},
      {"then the alphabet", {{"b", "1"}, {"a", "1"}}, {must_break("Service", {"b", "a"})}, {"a"}},
      {"one key that all use beats a preferred one that does not",
       usual,
       {must_break("Deployment", {instance, "tier"}), must_break("Service", {"tier"})},
       {"tier"}},
      {"two selectors without a common key need two",
       usual,
       {must_break("Deployment", {instance}), must_break("Service", {"tier"})},
       {instance, "tier"}},
      {"a NetworkPolicy is spared when another key does",
       usual,
       {must_break("Service", {instance, "tier"}), must_keep("NetworkPolicy", {instance})},
       {"tier"}},
      {"a NetworkPolicy is broken when nothing else helps",
       usual,
       {must_break("Service", {instance}), must_keep("NetworkPolicy", {instance})},
       {instance}},
      {"fewer keys come before spared policies",
       usual,
       {must_break("Deployment", {instance, "tier"}), must_break("Service", {instance, "version"}),
        must_keep("NetworkPolicy", {instance})},
       {instance}},
      {"a policy that cannot be broken is no trouble",
       usual,
       {must_break("Service", {instance}),
        {.what = "NetworkPolicy", .keys = {}, .breakable = false, .must_keep = true}},
       {instance}},
  };
}

TEST(OverlapTest, TheSmallestSetThatSparesMostIsChosen) {
  for (const OverlapCase& each : overlap_table()) {
    const auto keys = keys_to_rewrite(each.labels, each.selectors);
    ASSERT_TRUE(keys) << each.what << ": " << keys.error().message;
    EXPECT_EQ(*keys, each.keys) << each.what;
  }
}

TEST(OverlapTest, TheOrderOfTheSelectorsDoesNotMatter) {
  for (OverlapCase& each : overlap_table()) {
    std::ranges::reverse(each.selectors);
    const auto keys = keys_to_rewrite(each.labels, each.selectors);
    ASSERT_TRUE(keys) << each.what;
    EXPECT_EQ(*keys, each.keys) << each.what;
  }
}

TEST(OverlapTest, ASelectorThatNoValueBreaksIsRefusedByName) {
  const auto keys =
      keys_to_rewrite(usual, {must_break("Service shop/api", {"tier"}),
                              {.what = "Service shop/all", .keys = {}, .breakable = false}});
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().kind, ErrorKind::rejected);
  EXPECT_NE(keys.error().message.find("Service shop/all"), std::string::npos)
      << keys.error().message;
}

TEST(OverlapTest, TheSelectorThatStandsInTheWayIsNamed) {
  const auto keys =
      keys_to_rewrite(usual, {must_break("Service shop/api", {"tier"}),
                              must_break("PodDisruptionBudget shop/x", {"not-a-label"})});
  ASSERT_FALSE(keys);
  EXPECT_NE(keys.error().message.find("PodDisruptionBudget shop/x"), std::string::npos)
      << keys.error().message;
}

TEST(OverlapTest, ManyLabelsAreStillDecidedAtOnce) {
  Labels labels;
  std::vector<CatchingSelector> selectors;
  for (int i = 0; i < 200; ++i) {
    labels["key-" + std::to_string(i)] = "x";
    selectors.push_back(
        must_break("Service " + std::to_string(i), {"key-" + std::to_string(i), "app"}));
  }
  labels["app"] = "api";
  EXPECT_EQ(keys_to_rewrite(labels, selectors).value(), (Keys{"app"}));
}

TEST(OverlapTest, RewritingChangesOnlyTheChosenKeys) {
  EXPECT_EQ(rewritten({{"app", "api"}, {"tier", "front"}}, {"app", "absent"}),
            (Labels{{"app", "api-canary"}, {"tier", "front"}}));
}

TEST(OverlapTest, ARewrittenValueStaysALabelValue) {
  const Labels labels = rewritten({{"app", std::string(63, 'a')}}, {"app"});
  EXPECT_EQ(labels.at("app").size(), label_value_max);
  EXPECT_TRUE(labels.at("app").ends_with("-canary"));
}

struct SpreadCase {
  std::string what;
  std::string before;
  std::string after;
};

TEST(OverlapTest, SelectorsInsideThePodFollowTheirLabels) {
  const std::vector<SpreadCase> table{
      {"anti-affinity",
       "affinity: {podAntiAffinity: {required: [{labelSelector: {matchLabels: {app: api}}}]}}",
       "affinity: {podAntiAffinity: {required: [{labelSelector: {matchLabels: {app: "
       "api-canary}}}]}}"},
      {"topology spread",
       "topologySpreadConstraints: [{labelSelector: {matchLabels: {app: api, tier: front}}}]",
       "topologySpreadConstraints: [{labelSelector: {matchLabels: {app: api-canary, tier: "
       "front}}}]"},
      {"an expression",
       "x: {labelSelector: {matchExpressions: [{key: app, operator: In, values: [api]}]}}",
       "x: {labelSelector: {matchExpressions: [{key: app, operator: In, values: [api-canary]}]}}"},
      {"another pod's label", "x: {labelSelector: {matchLabels: {app: database}}}",
       "x: {labelSelector: {matchLabels: {app: database}}}"},
      {"another key", "x: {labelSelector: {matchLabels: {tier: front}}}",
       "x: {labelSelector: {matchLabels: {tier: front}}}"},
      {"an expression of several pods keeps the others",
       "x: {labelSelector: {matchExpressions: [{key: app, operator: In, values: [api, web]}]}}",
       "x: {labelSelector: {matchExpressions: [{key: app, operator: In, values: [api-canary, "
       "web]}]}}"},
      {"no selector", "x: {labelSelector: null}", "x: {labelSelector: null}"},
  };
  for (const SpreadCase& each : table) {
    Tree spec = codec::parse_yaml(each.before).value();
    rewrite_selectors(spec, {{"app", "api"}, {"tier", "front"}}, {"app"});
    EXPECT_EQ(spec, codec::parse_yaml(each.after).value()) << each.what;
  }
}

}  // namespace
}  // namespace kai::edges
