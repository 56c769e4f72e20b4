#include "edges/helm/render.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

TEST(Render, AnswerOfTheDryRunIsRead) {
  const auto rendered = parse_render(
      R"({"name":"kai","manifest":"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    "hooks":[{"name":"migrate","kind":"Job","events":["pre-upgrade","pre-install"]}],
    "config":{"image":{"tag":"v2"}},
    "chart":{"metadata":{"name":"shop","version":"1.0","appVersion":"x"},"values":{"image":{"repo":"r","tag":"v1"},"n":1}}})",
      "shop");
  ASSERT_TRUE(rendered) << rendered.error().message;
  ASSERT_EQ(rendered->documents.size(), 1U);
  EXPECT_EQ(rendered->documents[0].key.name, "a");
  EXPECT_EQ(rendered->hooks, std::vector<std::string>{"Job/migrate (pre-upgrade, pre-install)"});
  EXPECT_EQ(rendered->values.text_or("/image/tag", ""), "v2");
  EXPECT_EQ(rendered->values.text_or("/image/repo", ""), "r");
  EXPECT_EQ(rendered->chart_name, "shop");
}

TEST(Render, AnswerWithoutManifestOrJsonIsMalformed) {
  for (const char* const text : {"", "{}", "[]", "WARNING: x\n{}", R"({"manifest":1})"}) {
    const auto rendered = parse_render(text, "shop");
    ASSERT_FALSE(rendered) << text;
    EXPECT_EQ(rendered.error().kind, ErrorKind::malformed);
  }
}

TEST(Render, HooksAndConfigMayBeAbsent) {
  const auto rendered = parse_render(R"({"manifest":""})", "shop");
  ASSERT_TRUE(rendered);
  EXPECT_TRUE(rendered->hooks.empty());
  EXPECT_TRUE(rendered->documents.empty());
}

}  // namespace
}  // namespace kai::edges
