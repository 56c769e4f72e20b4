#include "codec/tree_builder.h"

#include <gtest/gtest.h>
#include <string>

#include "base/check.h"
#include "base/tree.h"

namespace kai::codec {
namespace {

TEST(CostOf, CountsNodesTextAndDepth) {
  Tree tree = Tree::map();
  tree.set("key", Tree::List{1, "four", Tree::list()});
  const TreeCost cost = cost_of(tree);
  EXPECT_EQ(cost.nodes, 5U);
  EXPECT_EQ(cost.text_bytes, 7U);
  EXPECT_EQ(cost.depth, 3U);
}

TEST(CostOf, ScalarHasNoDepth) { EXPECT_EQ(cost_of(Tree(1)).depth, 0U); }

TEST(TreeBuilder, RefusesATreeThatWouldEndTooDeep) {
  TreeBuilder builder({.depth_max = 2});
  ASSERT_TRUE(builder.open(Tree::list()));
  EXPECT_TRUE(builder.charge({.nodes = 1, .depth = 1}));
  EXPECT_FALSE(builder.charge({.nodes = 2, .depth = 2}));
  EXPECT_EQ(builder.problem(), "nested deeper than 2 levels");
}

TEST(TreeBuilder, CountsTextOfKeysAndValuesTogether) {
  TreeBuilder builder({.text_bytes_max = 5});
  ASSERT_TRUE(builder.open(Tree::map()));
  ASSERT_TRUE(builder.key("abc"));
  EXPECT_TRUE(builder.charge({.nodes = 1, .text_bytes = 2}));
  EXPECT_FALSE(builder.key("d"));
  EXPECT_EQ(builder.problem(), "more than 5 bytes of text");
}

TEST(TreeBuilder, SaysWhetherAKeyWasThereBefore) {
  TreeBuilder builder({});
  ASSERT_TRUE(builder.open(Tree::map()));
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(builder.key(std::to_string(i)));
    EXPECT_TRUE(builder.place(i));
  }
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(builder.key(std::to_string(i)));
    EXPECT_FALSE(builder.place(-i));
  }
  const Tree tree = builder.close();
  EXPECT_EQ(tree.as_map()->size(), 40U);
  EXPECT_EQ(tree.int_at("/39"), -39);
}

TEST(TreeBuilder, CallOutOfOrderIsABug) {
  TreeBuilder builder({});
  EXPECT_THROW((void)builder.close(), Bug);
  EXPECT_THROW((void)builder.key("a"), Bug);
}

}  // namespace
}  // namespace kai::codec
