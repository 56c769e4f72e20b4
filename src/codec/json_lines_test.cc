#include <gtest/gtest.h>

#include <string_view>

#include "codec/json.h"

namespace kai::codec {
namespace {

constexpr std::string_view document = R"({
  "workers": 0, "empty": {},
  "listeners": [
    {"name": "a,\"b\n", "ports": [1, 22,
      333, [], true]},
    null
  ],
  "a/b~c": "x", "\u006bey": {
    "": -1.5e3 }
})";

TEST(JsonLines, EachValueHasTheLineOnWhichItBegins) {
  EXPECT_EQ(json_line_of(document, ""), 1U);
  EXPECT_EQ(json_line_of(document, "/workers"), 2U);
  EXPECT_EQ(json_line_of(document, "/empty"), 2U);
  EXPECT_EQ(json_line_of(document, "/listeners"), 3U);
  EXPECT_EQ(json_line_of(document, "/listeners/0"), 4U);
  EXPECT_EQ(json_line_of(document, "/listeners/0/name"), 4U);
  EXPECT_EQ(json_line_of(document, "/listeners/0/ports/1"), 4U);
  EXPECT_EQ(json_line_of(document, "/listeners/0/ports/2"), 5U);
  EXPECT_EQ(json_line_of(document, "/listeners/0/ports/4"), 5U);
  EXPECT_EQ(json_line_of(document, "/listeners/1"), 6U);
  EXPECT_EQ(json_line_of(document, "/a~1b~0c"), 8U);
  EXPECT_EQ(json_line_of(document, "/key"), 8U);
  EXPECT_EQ(json_line_of(document, "/key/"), 9U);
}

TEST(JsonLines, WhereNothingIsThereIsNoLine) {
  for (const std::string_view pointer : {"/nobody", "/listeners/2", "/workers/0", "/empty/x"}) {
    EXPECT_EQ(json_line_of(document, pointer), 0U) << pointer;
  }
  EXPECT_EQ(json_line_of("", "/a"), 0U);
}

TEST(JsonRepeatedKeys, AreRefusedWhereThatIsAskedFor) {
  constexpr std::string_view text = R"({"a": {"b": 1}, "c": {"b": 2, "b": 3}})";
  EXPECT_TRUE(parse_json(text).has_value());
  const auto refused = parse_json(text, {.refuses_repeated_keys = true});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::malformed);
  EXPECT_NE(refused.error().message.find("'b' is twice in one map"), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(parse_json(R"([{"b": 1}, {"b": 2}])", {.refuses_repeated_keys = true}).has_value());
}

}  // namespace
}  // namespace kai::codec
