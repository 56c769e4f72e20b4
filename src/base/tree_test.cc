#include "base/tree.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace kai {
namespace {

Tree sample() {
  Tree tree;
  tree.set_at("/metadata/annotations", Tree::map()).set("kai-canary.dev/stamp", "a.1.2");
  tree.set_at("/spec/rules", Tree::list()).push_back(Tree::map()).set("weight", 90);
  return tree;
}

TEST(Tree, PointersWalkMapsAndLists) {
  EXPECT_EQ(sample().int_at("/spec/rules/0/weight"), 90);
  EXPECT_EQ(sample().at("/spec/rules/1"), nullptr);
  EXPECT_EQ(sample().at("/spec/rules/-"), nullptr);
  EXPECT_EQ(sample().at("spec"), nullptr);
}

TEST(Tree, PointerSegmentsAreEscaped) {
  const std::string pointer = "/metadata/annotations/" + escape_pointer("kai-canary.dev/stamp");
  EXPECT_EQ(pointer, "/metadata/annotations/kai-canary.dev~1stamp");
  EXPECT_EQ(*sample().text_at(pointer), "a.1.2");
}

TEST(Tree, AskingForAnotherKindFindsNothing) {
  EXPECT_EQ(sample().text_at("/spec/rules/0/weight"), nullptr);
  EXPECT_FALSE(sample().bool_at("/spec"));
  EXPECT_EQ(sample().text_or("/spec/name", "none"), "none");
}

TEST(Tree, EqualityIgnoresTheOrderOfKeysButNotOfItems) {
  const Tree a(Tree::Map{{"x", 1}, {"y", 2}});
  const Tree b(Tree::Map{{"y", 2}, {"x", 1}});
  EXPECT_EQ(a, b);
  EXPECT_FALSE(Tree(Tree::List{1, 2}) == Tree(Tree::List{2, 1}));
  EXPECT_FALSE(Tree(1) == Tree(1.0));
}

TEST(Tree, SettingThroughAScalarIsABug) {
  Tree tree;
  tree.set("a", "text");
  EXPECT_THROW(tree.set_at("/a/b", 1), Bug);
}

TEST(Tree, EraseTellsWhetherTheKeyWasThere) {
  Tree tree = sample();
  EXPECT_TRUE(tree.erase("spec"));
  EXPECT_FALSE(tree.erase("spec"));
}

}  // namespace
}  // namespace kai
