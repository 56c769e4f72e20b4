#include "codec/json.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include "base/error.h"
#include "base/tree.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

Tree parsed(std::string_view text) {
  auto tree = parse_json(text);
  if (!tree) ADD_FAILURE() << tree.error().message;
  return tree.value_or(Tree());
}

std::string brackets(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  const Tree tree = parsed(R"( {"a": [null, true, -1, 2.5, "x"], "b": {}} )");
  const Tree::List& items = *tree.list_at("/a");
  EXPECT_TRUE(items[0].is_null());
  EXPECT_EQ(*items[1].as_bool(), true);
  EXPECT_EQ(*items[2].as_int(), -1);
  EXPECT_EQ(*items[3].as_double(), 2.5);
  EXPECT_EQ(*items[4].as_text(), "x");
  EXPECT_TRUE(tree.map_at("/b")->empty());
}

TEST(ParseJson, IntegersStayIntegersWithinInt64) {
  EXPECT_EQ(*parsed("9223372036854775807").as_int(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*parsed("-9223372036854775808").as_int(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parsed("9007199254740993").as_int(), 9007199254740993);
}

TEST(ParseJson, LargerIntegersBecomeDoubles) {
  EXPECT_EQ(*parsed("9223372036854775808").as_double(), 9223372036854775808.0);
  EXPECT_EQ(*parsed("-9223372036854775809").as_double(), -9223372036854775808.0);
  EXPECT_EQ(*parsed(std::string(300, '9')).as_double(), 1e300);
}

TEST(ParseJson, NumberBeyondADoubleIsMalformed) {
  const auto tree = parse_json("[1e999]");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().message, "not JSON at byte 6: number overflow parsing '1e999'");
}

TEST(ParseJson, LastOfEqualKeysWinsInThePlaceOfTheFirst) {
  EXPECT_EQ(write_json(parsed(R"({"a":1,"b":2,"a":3})")), R"({"a":3,"b":2})");
}

TEST(ParseJson, LastOfEqualKeysWinsAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i)
    text += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  const Tree tree = parsed(text);
  EXPECT_EQ(tree.as_map()->size(), 50U);
  EXPECT_EQ(tree.int_at("/k0"), 50);
  EXPECT_EQ(tree.int_at("/k49"), 99);
}

TEST(ParseJson, MapOfManyKeysIsNotQuadratic) {
  std::string text = "{";
  for (int i = 0; i < 300'000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  text.back() = '}';
  EXPECT_EQ(parsed(text).as_map()->size(), 300'000U);
}

TEST(ParseJson, KeepsEscapedCharacters) {
  EXPECT_EQ(*parsed(R"("\u0000\n\ud83d\ude00\/")").as_text(), "\0\n\xF0\x9F\x98\x80/"sv);
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const std::string_view bad : {""sv,
                                     " "sv,
                                     "nul"sv,
                                     "NaN"sv,
                                     "Infinity"sv,
                                     "-"sv,
                                     "01"sv,
                                     "1."sv,
                                     ".5"sv,
                                     "+1"sv,
                                     "0x1"sv,
                                     "1e"sv,
                                     "'a'"sv,
                                     "\"a"sv,
                                     "\"\n\""sv,
                                     "\"\0\""sv,
                                     "\0"sv,
                                     "1\0"sv,
                                     "\"\\x\""sv,
                                     "\"\\ud800\""sv,
                                     "\"\\udc00\\ud800\""sv,
                                     "\"\\ud800\\u0041\""sv,
                                     "\"\xFF\""sv,
                                     "\"\xC0\x80\""sv,
                                     "\"\xED\xA0\x80\""sv,
                                     "[1,]"sv,
                                     "[1 2]"sv,
                                     "{\"a\":1,}"sv,
                                     "{a:1}"sv,
                                     "{\"a\"}"sv,
                                     "{1:2}"sv,
                                     "[1"sv,
                                     "]"sv,
                                     "{}}"sv,
                                     "1 2"sv,
                                     "{} x"sv,
                                     "[] []"sv,
                                     "// c\n1"sv,
                                     "/**/1"sv,
                                     "True"sv}) {
    const auto tree = parse_json(bad);
    ASSERT_FALSE(tree) << testing::PrintToString(std::string(bad));
    EXPECT_EQ(tree.error().kind, ErrorKind::malformed);
    EXPECT_TRUE(tree.error().message.starts_with("not JSON at byte ")) << tree.error().message;
  }
}

TEST(ParseJson, ZeroByteDoesNotHideTheRest) {
  EXPECT_EQ(parse_json("{} \0x"sv).error().message, "not JSON at byte 4: a zero byte");
}

TEST(ParseJson, MessageSaysWhereAndIsSafeToShow) {
  const auto tree = parse_json("{\"a\":\n \x1B[31m}");
  ASSERT_FALSE(tree);
  EXPECT_TRUE(tree.error().message.contains("line 2, column 2")) << tree.error().message;
  EXPECT_FALSE(tree.error().message.contains('\x1B'));
}

TEST(ParseJson, MessageOfALongTextIsShort) {
  const auto tree = parse_json("\"" + std::string(1'000'000, 'x'));
  ASSERT_FALSE(tree);
  EXPECT_LT(tree.error().message.size(), 400U);
}

TEST(ParseJson, EveryCutIsNoticed) {
  const std::string text = R"({"a":[1,"\u00e9",{"b":null}],"c":-1.5e3,"d":true})";
  ASSERT_TRUE(parse_json(text));
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_json(text.substr(0, size))) << size;
}

TEST(ParseJson, DepthHasALimit) {
  EXPECT_TRUE(parse_json(brackets(64)));
  const auto deep = parse_json(brackets(65));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error(), (Error{ErrorKind::malformed, "JSON is nested deeper than 64 levels"}));
  EXPECT_TRUE(parse_json(brackets(3), {.depth_max = 3}));
  EXPECT_FALSE(parse_json(R"({"a":{"b":{"c":{}}}})", {.depth_max = 3}));
}

TEST(ParseJson, HundredThousandBracketsCostNoStack) {
  EXPECT_FALSE(parse_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_json(brackets(100'000)));
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "{\"a\":";
  EXPECT_FALSE(parse_json(maps));
}

TEST(ParseJson, LengthHasALimit) {
  EXPECT_TRUE(parse_json("[1]", {.bytes_max = 3}));
  EXPECT_EQ(parse_json("[1] ", {.bytes_max = 3}).error().message,
            "JSON is longer than the 3 bytes allowed");
}

TEST(ParseJson, NumberOfValuesHasALimit) {
  EXPECT_TRUE(parse_json("[1,2]", {.nodes_max = 3}));
  EXPECT_EQ(parse_json("[1,2,3]", {.nodes_max = 3}).error().message, "JSON is more than 3 values");
}

}  // namespace
}  // namespace kai::codec
