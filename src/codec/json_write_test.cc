#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/tree.h"
#include "codec/json.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

Tree sample() {
  Tree tree = Tree::map();
  tree.set("b", Tree::List{1, 2.5, "x"});
  tree.set("a", Tree::map());
  return tree;
}

TEST(WriteJson, IsCompactAndKeepsTheOrder) {
  EXPECT_EQ(write_json(sample()), R"({"b":[1,2.5,"x"],"a":{}})");
}

TEST(WriteJson, CanonicalFormSortsKeysByBytes) {
  EXPECT_EQ(canonical_json(sample()), R"({"a":{},"b":[1,2.5,"x"]})");
  Tree tree = Tree::map();
  for (const char* const key : {"b", "B", "a", "", "\xC3\xA9", "aa"}) tree.set(key, 1);
  EXPECT_EQ(canonical_json(tree), "{\"\":1,\"B\":1,\"a\":1,\"aa\":1,\"b\":1,\"\xC3\xA9\":1}");
}

TEST(WriteJson, PrettyFormIndentsByTwo) {
  EXPECT_EQ(write_json_pretty(sample()),
            "{\n  \"b\": [\n    1,\n    2.5,\n    \"x\"\n  ],\n  \"a\": {}\n}");
  EXPECT_EQ(write_json_pretty(Tree::list()), "[]");
}

TEST(WriteJson, DoublesAreRecognisedAsSuch) {
  EXPECT_EQ(write_json(1.0), "1.0");
  EXPECT_EQ(write_json(-0.0), "-0.0");
  EXPECT_EQ(write_json(0.1), "0.1");
  EXPECT_EQ(write_json(1500000.0), "1500000.0");
  EXPECT_EQ(write_json(1e22), "1e+22");
  EXPECT_EQ(write_json(1e-7), "1e-07");
  EXPECT_EQ(write_json(5e-324), "5e-324");
}

TEST(WriteJson, NanAndInfinityAreNull) {
  EXPECT_EQ(write_json(std::nan("")), "null");
  EXPECT_EQ(write_json(-std::numeric_limits<double>::infinity()), "null");
}

TEST(WriteJson, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(write_json("\"\\\n\r\t\b\x1B\0"sv), R"("\"\\\n\r\t\u0008\u001b\u0000")");
  EXPECT_EQ(write_json("\x7F\xC2\x85\xE2\x80\xA8"), R"("\u007f\u0085\u2028")");
  EXPECT_EQ(write_json("</script>\xC3\xA9"), "\"</script>\xC3\xA9\"");
}

TEST(WriteJson, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(write_json("a\xFF"
                       "b"),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

RC_GTEST_PROP(WriteJson, EveryFiniteDoubleReadsBackTheSame, (std::uint64_t bits)) {
  const auto value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  const Tree back = parse_json(write_json(value)).value();
  RC_ASSERT(back.as_double() != nullptr);
  RC_ASSERT(std::bit_cast<std::uint64_t>(*back.as_double()) == bits);
}

RC_GTEST_PROP(WriteJson, EveryAsciiTextReadsBackTheSame, (std::string text)) {
  for (char& c : text) c = static_cast<char>(c & 0x7F);
  RC_ASSERT(*parse_json(write_json(Tree(text))).value().as_text() == text);
}

RC_GTEST_PROP(WriteJson, EveryIntegerReadsBackTheSame, (std::int64_t value)) {
  RC_ASSERT(*parse_json(write_json(value)).value().as_int() == value);
}

}  // namespace
}  // namespace kai::codec
