#include "app/screen/json_path.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::app {
namespace {

const std::string sample =
    R"({"a":{"b":"text","n":20.0,"i":3,"yes":true,"none":null,"odd key":1},"list":[{"c":"x","d":1},{"c":"y"}]})";

std::string shown(const std::string& path) {
  const auto parsed = JsonPath::parse(path);
  EXPECT_TRUE(parsed.has_value()) << path << ": " << (parsed ? "" : parsed.error().message);
  return parsed ? parsed->text_from(*codec::parse_json(sample)) : "";
}

TEST(JsonPath, KeysIndexesAndAll) {
  EXPECT_EQ(shown("{.a.b}"), "text");
  EXPECT_EQ(shown("{$.a['odd key']}"), "1");
  EXPECT_EQ(shown("{.list[0].c}{.list[-1].c}"), "xy");
  EXPECT_EQ(shown("{.list[*].c}"), "x y");
  EXPECT_EQ(shown("{.a.n} {.a.i} {.a.yes} {.a.none}"), "20 3 true null");
  EXPECT_EQ(shown("{.list[1]}"), R"({"c":"y"})");
  EXPECT_EQ(shown("{ .a.b }"), "text");
  EXPECT_EQ(shown("{.}"), R"({"a":{"b":"text","n":20.0,"i":3,"yes":true,"none":null,"odd key":1},)"
                          R"("list":[{"c":"x","d":1},{"c":"y"}]})");
}

TEST(JsonPath, TextAroundItAndRanges) {
  EXPECT_EQ(shown("b={.a.b}{\"\\n\\t\"}"), "b=text\n\t");
  EXPECT_EQ(shown("{range .list[*]}{.c}={.d}{\"\\n\"}{end}end"), "x=1\ny=\nend");
}

TEST(JsonPath, WhatIsNotThereLeavesNothing) {
  for (const std::string path : {"{.x}", "{.a.b.c}", "{.list[2]}", "{.list[-3]}", "{.a[0]}",
                                 "{.x[*].y}", "{range .x[*]}{.c}{end}", "{.list.c}"})
    EXPECT_EQ(shown(path), "") << path;
}

TEST(JsonPath, WhatCannotBeReadIsRefusedWithWhatCan) {
  for (const std::string path :
       {"", "phase", ".phase", "{", "{}", "{.a", "{.a}}{", "{..a}", "{.a[0:1]}", "{.a[?(@.b)]}",
        "{.a[}", "{.a['b}", "{\"x}", "{range .a}", "{end}", "{range .a}{range .b}{end}{end}",
        "{.a b}", "{.}x{.a.}", "{a}"}) {
    const auto parsed = JsonPath::parse(path);
    ASSERT_FALSE(parsed.has_value()) << path;
    EXPECT_EQ(parsed.error().kind, ErrorKind::rejected);
    EXPECT_NE(parsed.error().message.find("; what works: "), std::string::npos);
  }
}

TEST(JsonPath, TooLongATemplateIsRefused) {
  EXPECT_TRUE(JsonPath::parse("{.a}" + std::string(json_path_bytes_max - 4, 'x')).has_value());
  EXPECT_FALSE(JsonPath::parse("{.a}" + std::string(json_path_bytes_max - 3, 'x')).has_value());
}

TEST(JsonPath, ForeignTextIsMadeSafe) {
  const auto parsed = JsonPath::parse("{.a} {.b}");
  Tree tree(Tree::Map{{"a", "x\x1b[2J\n"}});
  tree.set("b", Tree(Tree::List{"y\x1b"}));
  EXPECT_EQ(parsed->text_from(tree), "x\\x1b[2J  [\"y\\u001b\"]");
}

}  // namespace
}  // namespace kai::app
