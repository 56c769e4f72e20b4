#include "edges/kube_workload/clone_names.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

TEST(CloneNamesTest, AShortNameOnlyGetsTheSuffix) {
  EXPECT_EQ(canary_name("api-server", workload_name_max), "api-server-canary");
}

TEST(CloneNamesTest, ANameThatJustFitsStaysWhole) {
  const std::string name(39, 'a');
  EXPECT_EQ(canary_name(name, workload_name_max), name + "-canary");
}

TEST(CloneNamesTest, ALongerNameKeepsItsStartAndAHash) {
  const std::string name(40, 'a');
  const std::string canary = canary_name(name, workload_name_max);
  EXPECT_EQ(canary.size(), workload_name_max);
  EXPECT_TRUE(canary.starts_with(std::string(30, 'a') + "-"));
  EXPECT_TRUE(canary.ends_with("-canary"));
}

TEST(CloneNamesTest, LongNamesWithTheSameStartStayApart) {
  const std::string start(50, 'a');
  EXPECT_NE(canary_name(start + "b", workload_name_max),
            canary_name(start + "c", workload_name_max));
}

TEST(CloneNamesTest, NoDashOrDotIsLeftBeforeTheHash) {
  const std::string canary =
      canary_name(std::string(28, 'a') + "-.bcdefghijklmnopq", workload_name_max);
  EXPECT_TRUE(canary.starts_with(std::string(28, 'a') + "-")) << canary;
  EXPECT_NE(canary.at(29), '-') << canary;
  EXPECT_NE(canary.at(29), '.') << canary;
}

TEST(CloneNamesTest, AContentNameDependsOnNameAndContentAlone) {
  EXPECT_EQ(content_name("config", "a"), content_name("config", "a"));
  EXPECT_NE(content_name("config", "a"), content_name("config", "b"));
  EXPECT_EQ(content_name("config", "").size(), std::string("config-").size() + 8);
}

TEST(CloneNamesTest, AContentNameStaysWithinTheLimitOfAnObjectName) {
  EXPECT_LE(content_name(std::string(253, 'a'), "x").size(), 253U);
}

}  // namespace
}  // namespace kai::edges
