#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "codec/yaml.h"

namespace kai::codec {
namespace {

std::string written(std::string_view json) { return write_yaml(parse_json(json).value()); }

TEST(WriteYaml, IsBlockStyle) {
  EXPECT_EQ(written(R"({"kind":"Deployment","spec":{"replicas":3,"empty":{},"none":[]},)"
                    R"("items":[{"a":1,"b":[true,null]},[1,[2]],"x"]})"),
            "kind: Deployment\n"
            "spec:\n"
            "  replicas: 3\n"
            "  empty: {}\n"
            "  none: []\n"
            "items:\n"
            "- a: 1\n"
            "  b:\n"
            "  - true\n"
            "  - null\n"
            "- - 1\n"
            "  - - 2\n"
            "- x\n");
}

TEST(WriteYaml, ScalarsStandAlone) {
  EXPECT_EQ(write_yaml("x"), "x\n");
  EXPECT_EQ(write_yaml(Tree::map()), "{}\n");
  EXPECT_EQ(write_yaml(1.0), "1.0\n");
}

TEST(WriteYaml, QuotesWhatCouldBeReadOtherwise) {
  for (const std::string_view text :
       {"",     "y",    "No",          "on",    "true", "null", "~",    "1",    "1.5",
        "0x10", "1e3",  "2001-01-01",  "12:30", "a: b", "a:",   "a #b", "- a",  "-",
        "?",    "*a",   "&a",          "!a",    "%a",   "@a",   "`a",   "[a",   "{a",
        "|",    ">",    "'",           "\"",    " a",   "a ",   "a\nb", "a\tb", "<<",
        "=",    ".inf", "caf\xC3\xA9", "---",   "..."}) {
    EXPECT_TRUE(write_yaml(text).starts_with('"')) << text;
    EXPECT_EQ(*parse_yaml(write_yaml(text)).value().as_text(), text);
  }
}

TEST(WriteYaml, LeavesPlainWhatIsPlain) {
  for (const std::string_view text :
       {"web", "nginx:1.2", "/metrics", "a.b-c_d", "app.kubernetes.io/name", "v1.2.3"}) {
    EXPECT_EQ(write_yaml(text), std::string(text) + "\n");
  }
}

TEST(WriteYaml, KeysAreQuotedLikeTexts) {
  EXPECT_EQ(written(R"({"y":1,"1":2,"a b":3})"), "\"y\": 1\n\"1\": 2\n\"a b\": 3\n");
}

rc::Gen<std::string> any_text() {
  return rc::gen::oneOf(
      rc::gen::element<std::string>("y", "~", "1", "0o7", "- a", "a: b", "#", "<<", "x y", "\n",
                                    "\xC2\x85", "\xE2\x80\xA8"),
      rc::gen::container<std::string>(rc::gen::inRange('\0', '\x7F')));
}

Tree any_tree(int depth);

Tree any_map(int depth) {  // NOLINT(misc-no-recursion)
  Tree tree = Tree::map();
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) tree.set(*any_text(), any_tree(depth - 1));
  return tree;
}

Tree any_tree(int depth) {  // NOLINT(misc-no-recursion)
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
    case 0:
      return nullptr;
    case 1:
      return *rc::gen::arbitrary<bool>();
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return *rc::gen::arbitrary<double>();
    case 4:
      return *any_text();
    case 5:
      return any_map(depth);
    default:
      break;
  }
  Tree tree = Tree::list();
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) tree.push_back(any_tree(depth - 1));
  return tree;
}

RC_GTEST_PROP(WriteYaml, ReadsBackTheSame, ()) {
  const Tree tree = any_tree(4);
  const std::string text = write_yaml(tree);
  const auto back = parse_yaml(text, {.schema = YamlSchema::core});
  if (!back) RC_FAIL(back.error().message + " in\n" + text);
  RC_ASSERT(canonical_json(*back) == canonical_json(tree));
}

RC_GTEST_PROP(WriteJson, ReadsBackTheSame, ()) {
  const Tree tree = any_tree(4);
  RC_ASSERT(canonical_json(parse_json(write_json_pretty(tree)).value()) == canonical_json(tree));
}

}  // namespace
}  // namespace kai::codec
