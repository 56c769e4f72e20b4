#include "edges/prometheus/prom_selector.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kai::edges {
namespace {

TEST(PromSelector, ValuesAreSortedAndEscapedAsRegularExpressions) {
  EXPECT_EQ(prom_one_of("pod", {"b", "a.c", "b"}), R"(pod=~"a\\.c|b")");
  EXPECT_EQ(prom_one_of("pod", {"x\"y\\z|.*"}), R"(pod=~"x\"y\\\\z\\|\\.\\*")");
}

TEST(PromSelector, NothingWantedMatchesNothing) {
  EXPECT_EQ(prom_one_of("pod", {}), R"(pod=~"[^\\s\\S]")");
  EXPECT_EQ(prom_one_of("pod", {""}), R"(pod=~"[^\\s\\S]")");
  EXPECT_EQ(prom_starts_with_one_of("instance", {}), R"(instance=~"[^\\s\\S]")");
}

TEST(PromSelector, AddressMatchesEveryPortOfIt) {
  EXPECT_EQ(prom_starts_with_one_of("instance", {"10.0.0.1:"}), R"(instance=~"10\\.0\\.0\\.1:.*")");
}

TEST(PromSelector, ControlCharactersCannotEndTheString) {
  EXPECT_EQ(prom_string("a\nb\x01\x7f\""), R"("a\nb\x01\x7f\"")");
}

TEST(PromSelector, WindowIsRoundedUpToMilliseconds) {
  EXPECT_EQ(prom_selector({"a=\"1\"", "b=\"2\""}), R"({a="1",b="2"})");
  EXPECT_EQ(prom_selector({"a=\"1\""}, std::chrono::seconds(75)), R"({a="1"}[75000ms])");
  EXPECT_EQ(prom_selector({"a=\"1\""}, std::chrono::nanoseconds(1)), R"({a="1"}[1ms])");
}

TEST(PromSelector, NamesOfPrometheusTwoOnly) {
  for (const char* name : {"a", "_", "http_requests_total", "A9"}) {
    EXPECT_TRUE(is_prom_name(name)) << name;
  }
  for (const char* name : {"", "9a", "a:b", "a-b", "a.b", "\xc3\xa4"}) {
    EXPECT_FALSE(is_prom_name(name)) << name;
  }
}

RC_GTEST_PROP(PromSelector, NoValueLeavesItsString, (const std::string& value)) {
  const std::string text = prom_one_of("pod", {value});
  RC_ASSERT(text.starts_with("pod=~\"") && text.ends_with('"'));
  bool escaped = false;
  for (std::size_t i = 6; i + 1 < text.size(); ++i) {
    RC_ASSERT(text[i] != '\n' && (escaped || text[i] != '"'));
    escaped = !escaped && text[i] == '\\';
  }
  RC_ASSERT(!escaped);
}

}  // namespace
}  // namespace kai::edges
