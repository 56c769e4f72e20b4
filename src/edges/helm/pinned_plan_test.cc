#include "edges/helm/pinned_plan.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

PinnedPlan whole() {
  PinnedPlan plan{.target = {.release = "kai", .name_space = "shop", .context = "c"},
                  .start = {.start_revision = 3, .newest_revision = 4},
                  .helm_major = 4,
                  .timeout = std::chrono::seconds(90),
                  .digest = "d"};
  plan.volatiles[{.group = "", .kind = "Secret", .name_space = "shop", .name = "s"}] = {"/data/p",
                                                                                        "/data/q"};
  plan.inputs.set("chart", "x");
  return plan;
}

TEST(PinnedPlan, ComesBackFromTheRecordAsItWas) {
  const PinnedPlan before = whole();
  const auto tree = codec::parse_json(codec::write_json(to_tree(before)));
  ASSERT_TRUE(tree);
  const auto after = pinned_plan_from(*tree, "c");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->target, before.target);
  EXPECT_EQ(after->start.start_revision, 3);
  EXPECT_EQ(after->start.newest_revision, 4);
  EXPECT_EQ(after->helm_major, 4);
  EXPECT_EQ(after->timeout, before.timeout);
  EXPECT_EQ(after->digest, "d");
  EXPECT_EQ(after->volatiles, before.volatiles);
  EXPECT_EQ(after->inputs, before.inputs);
  EXPECT_FALSE(after->first_install);
}

TEST(PinnedPlan, IncompletePlanIsMalformed) {
  for (const char* const key :
       {"release", "namespace", "start_revision", "newest_revision", "timeout_seconds", "digest"}) {
    Tree tree = to_tree(whole());
    tree.erase(key);
    const auto plan = pinned_plan_from(tree, "c");
    ASSERT_FALSE(plan) << key;
    EXPECT_EQ(plan.error().kind, ErrorKind::malformed);
  }
  EXPECT_FALSE(pinned_plan_from(Tree(), "c"));
}

}  // namespace
}  // namespace kai::edges
