#include "edges/kube_workload/labels.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

Tree tree(std::string_view json) { return codec::parse_json(json).value(); }

struct SelectorCase {
  std::string selector;
  bool matches_pod;
};

class SelectorTest : public testing::TestWithParam<SelectorCase> {};

TEST_P(SelectorTest, MatchesAsTheServerDoes) {
  const Labels pod{{"app", "api"}, {"tier", "front"}};
  EXPECT_EQ(selector_matches(tree(GetParam().selector), pod), GetParam().matches_pod)
      << GetParam().selector;
}

INSTANTIATE_TEST_SUITE_P(
    Table, SelectorTest,
    testing::Values(
        SelectorCase{R"({})", true}, SelectorCase{R"({"matchLabels":{}})", true},
        SelectorCase{R"({"matchLabels":{"app":"api"}})", true},
        SelectorCase{R"({"matchLabels":{"app":"web"}})", false},
        SelectorCase{R"({"matchLabels":{"app":"api","tier":"back"}})", false},
        SelectorCase{
            R"({"matchExpressions":[{"key":"app","operator":"In","values":["web","api"]}]})", true},
        SelectorCase{R"({"matchExpressions":[{"key":"app","operator":"In","values":["web"]}]})",
                     false},
        SelectorCase{R"({"matchExpressions":[{"key":"zone","operator":"In","values":["a"]}]})",
                     false},
        SelectorCase{R"({"matchExpressions":[{"key":"app","operator":"NotIn","values":["api"]}]})",
                     false},
        SelectorCase{R"({"matchExpressions":[{"key":"zone","operator":"NotIn","values":["a"]}]})",
                     true},
        SelectorCase{R"({"matchExpressions":[{"key":"app","operator":"Exists"}]})", true},
        SelectorCase{R"({"matchExpressions":[{"key":"zone","operator":"Exists"}]})", false},
        SelectorCase{R"({"matchExpressions":[{"key":"zone","operator":"DoesNotExist"}]})", true},
        SelectorCase{R"({"matchExpressions":[{"key":"app","operator":"DoesNotExist"}]})", false},
        SelectorCase{R"({"matchExpressions":[{"key":"app","operator":"Gt","values":["1"]}]})",
                     false},
        SelectorCase{
            R"({"matchLabels":{"app":"api"},"matchExpressions":[{"key":"tier","operator":"NotIn","values":["front"]}]})",
            false}));

TEST(LabelsTest, AnEmptySelectorOfAServiceMatchesNothing) {
  EXPECT_FALSE(matches({}, {{"app", "api"}}));
}

TEST(LabelsTest, EveryPairOfTheSelectorMustBeThere) {
  EXPECT_TRUE(matches({{"app", "api"}}, {{"app", "api"}, {"x", "y"}}));
  EXPECT_FALSE(matches({{"app", "api"}, {"x", "z"}}, {{"app", "api"}, {"x", "y"}}));
}

TEST(LabelsTest, ValuesThatAreNoTextAreLeftOut) {
  EXPECT_EQ(labels_at(tree(R"({"l":{"a":"b","c":1,"d":null}})"), "/l"), (Labels{{"a", "b"}}));
  EXPECT_TRUE(labels_at(tree(R"({"l":[1]})"), "/l").empty());
  EXPECT_TRUE(labels_at(tree("{}"), "/l").empty());
}

}  // namespace
}  // namespace kai::edges
