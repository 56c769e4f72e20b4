#include "codec/yaml.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/json.h"

namespace kai::codec {
namespace {

using namespace std::string_view_literals;

// As compact JSON, or the message.
std::string read(std::string_view text, const YamlOptions& options = {}) {
  const auto tree = parse_yaml(text, options);
  return tree ? write_json(*tree) : tree.error().message;
}

std::string repeated(std::string_view part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST(ParseYaml, ReadsAManifest) {
  EXPECT_EQ(read("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels: {app: "
                 "\"shop\"}\nspec:\n  replicas: 3\n"
                 "  containers:\n  - name: web\n    args: ['-v', --port=80]\n"),
            R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"app":"shop"}},)"
            R"("spec":{"replicas":3,"containers":[{"name":"web","args":["-v","--port=80"]}]}})");
}

TEST(ParseYaml, NothingIsNull) {
  EXPECT_EQ(read(""), "null");
  EXPECT_EQ(read("# only a comment\n"), "null");
  EXPECT_EQ(read("---\n"), "null");
}

TEST(ParseYaml, QuotedScalarsAreText) {
  EXPECT_EQ(read("a: \"yes\"\nb: '1'\nc: \"\"\nd: !!str 1\n"),
            R"({"a":"yes","b":"1","c":"","d":"1"})");
}

TEST(ParseYaml, KeysBecomeText) {
  EXPECT_EQ(read("1: a\ny: b\n1.5: c\n\"yes\": d\n"),
            R"({"1":"a","true":"b","1.5":"c","yes":"d"})");
}

TEST(ParseYaml, BlockScalarsKeepTheirLines) {
  EXPECT_EQ(read("a: |\n  x\n   y\nb: |-\n  x\nc: >\n  x\n  y\nd: |+\n  x\n\n"),
            R"({"a":"x\n y\n","b":"x","c":"x y\n","d":"x\n\n"})");
  EXPECT_EQ(read("a: |\n  x"), R"({"a":"x"})");
}

TEST(ParseYaml, EscapesBecomeWholeCharacters) {
  EXPECT_EQ(*parse_yaml(R"("\x41\u00e9\N\_\0")").value().as_text(),
            "A\xC3\xA9\xC2\x85\xC2\xA0\0"sv);
}

TEST(ParseYaml, LinesAreSet) {
  const Tree tree = parse_yaml("# c\na: 1\nb:\n  - x\n  - {y: 1,\n     z: 2}\n").value();
  EXPECT_EQ(tree.line(), 2U);
  EXPECT_EQ(tree.at("/a")->line(), 2U);
  EXPECT_EQ(tree.at("/b")->line(), 4U);
  EXPECT_EQ(tree.at("/b/1")->line(), 5U);
  EXPECT_EQ(tree.at("/b/1/z")->line(), 6U);
}

TEST(ParseYaml, SchemaDecidesWhatPlainScalarsMean) {
  EXPECT_EQ(read("[yes, 010, 1.0]"), "[true,8,1]");
  EXPECT_EQ(read("[yes, 010, 1.0]", {.schema = YamlSchema::core}), R"(["yes",10,1.0])");
}

TEST(ParseYaml, AliasesAreExpanded) {
  EXPECT_EQ(read("a: &x {b: 1}\nc: *x\nd: [*x]\n"), R"({"a":{"b":1},"c":{"b":1},"d":[{"b":1}]})");
  EXPECT_EQ(read("a: &k key\n*k : 1\n"), R"({"a":"key","key":1})");
  EXPECT_EQ(read("- &a 1\n- &a 2\n- *a\n"), "[1,2,2]");
  EXPECT_EQ(parse_yaml("a: &x {b: 1}\nc: *x\n").value().at("/c")->line(), 2U);
}

TEST(ParseYaml, BadAliasesAreRefused) {
  EXPECT_EQ(read("a: 1\nb: *x\n"), "line 2: the referenced anchor is not defined");
  EXPECT_EQ(read("a: &a [*a]\n"), "line 1: an alias inside its own anchor");
  EXPECT_EQ(parse_yaml_stream("a: &x 1\n---\nb: *x\n").error().message,
            "line 3: the referenced anchor is not defined");
}

// Printed by sigs.k8s.io/yaml v1.6.0: what comes later wins, merged or not.
TEST(ParseYaml, MergeKeysMergeInOrder) {
  EXPECT_EQ(read("a: {<<: {b: 2, c: 3}, b: 1}\n"), R"({"a":{"b":1,"c":3}})");
  EXPECT_EQ(read("a: {b: 1, <<: {b: 2, c: 3}}\n"), R"({"a":{"b":2,"c":3}})");
  EXPECT_EQ(read("a: {<<: [{b: 2}, {b: 3, c: 4}]}\n"), R"({"a":{"b":2,"c":4}})");
  EXPECT_EQ(read("x: &x {b: 2}\na:\n  <<: *x\n  c: 3\n"), R"({"x":{"b":2},"a":{"b":2,"c":3}})");
}

TEST(ParseYaml, MergeKeyWantsMaps) {
  EXPECT_EQ(read("a:\n  <<: 1\n"), "line 2: << wants a map or a list of maps");
  EXPECT_EQ(read("<<: [{a: 1}, 2]\n"), "line 1: << wants a map or a list of maps");
}

TEST(ParseYaml, QuotedMergeKeyIsAKey) { EXPECT_EQ(read("'<<': {a: 1}\n"), R"({"<<":{"a":1}})"); }

TEST(ParseYaml, LastOfEqualKeysWinsAndIsNoted) {
  std::vector<std::string> notes;
  EXPECT_EQ(read("a: 1\nb: 2\na: 3\n", {.notes = &notes}), R"({"a":3,"b":2})");
  EXPECT_EQ(notes, std::vector<std::string>{"line 3: key 'a' again; the last one wins"});
}

TEST(ParseYaml, OverridingAMergedKeyIsNotNoted) {
  std::vector<std::string> notes;
  EXPECT_EQ(read("{<<: {a: 1}, a: 2}", {.notes = &notes}), R"({"a":2})");
  EXPECT_TRUE(notes.empty());
}

TEST(ParseYaml, MistakesAreRefusedWithTheirLine) {
  constexpr std::string_view texts[] = {
      "a: 1\nb: [1\n",    "a: 1\nb: {x\n",      "a: 1\nb: \"x\n",      "a: 1\nb: \"x",
      "a: 1\nb: 'x\n",    "a: 1\nb: x: y\n",    "a: 1\n\tb: 2\n",      "a: 1\nb: ]\n",
      "a: 1\n]\n",        "a: 1\n- b\n",        "- 1\nb: c\n",         "a: 1\nreplicas 3\n",
      "a: 1\nreplicas 3", "a: 1\n\"b\"\n",      "a: 1\n'b'\n",         "a: 1\nb: @x\n",
      "a: 1\nb: `x\n",    "a: 1\nb: \"\\q\"\n", "a: 1\n? [b]\n: c\n",  "a: 1\n{b: c}: d\n",
      "a: 1\n~: 2\n",     "a: 1\nb: .inf\n",    "a: 1\nb: !!int x\n",  "a: 1\nb: \x01\n",
      "a: 1\nb: \xFF\n",  "a: 1\nb: \x7F\n",    "a: 1\nb: \xC2\x9B\n", "a: 1\nb: \"\\ud800\"\n"};
  for (const std::string_view text : texts) {
    const auto tree = parse_yaml(text);
    ASSERT_FALSE(tree) << text;
    EXPECT_EQ(tree.error().kind, ErrorKind::malformed) << text;
    EXPECT_TRUE(tree.error().message.starts_with("line 2: ") ||
                tree.error().message.starts_with("line 3: "))
        << text << ": " << tree.error().message;
  }
}

TEST(ParseYaml, MissingColonIsNamed) {
  EXPECT_EQ(read("a: 1\nreplicas 3\n"), "line 2: a key without \":\" after it");
}

TEST(ParseYaml, EmptyEntryOfAFlowListIsRefused) {
  EXPECT_EQ(read("[a,,b]"), "line 1: nothing before a comma");
  EXPECT_EQ(read("[a,\n , b]"), "line 2: nothing before a comma");
  EXPECT_EQ(read("[, a]"), "line 1: nothing before a comma");
  EXPECT_EQ(read("[a, ~, b,]"), R"(["a",null,"b"])");
  EXPECT_EQ(read("- \n- b\n"), R"([null,"b"])");
}

TEST(ParseYaml, KeysWithoutValueAreNullWhereYamlAllowsIt) {
  EXPECT_EQ(read("a:\nb: \nc:  # why\n"), R"({"a":null,"b":null,"c":null})");
  EXPECT_EQ(read("{a, b: , c}"), R"({"a":null,"b":null,"c":null})");
  EXPECT_EQ(read("? a\n? b\n"), R"({"a":null,"b":null})");
  EXPECT_EQ(read("\"a b\":\n'c''d' :\n"), R"({"a b":null,"c'd":null})");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a:\n"),
            R"({"a":null})");
  EXPECT_EQ(read("\xC3\xA9:\r\nb:\r\n"), "{\"\xC3\xA9\":null,\"b\":null}");
}

TEST(ParseYaml, ZeroBytesAndUtf16AreRefused) {
  EXPECT_TRUE(read("a\0b: 1"sv).starts_with(R"(line 1: control character '\x00')"));
  EXPECT_EQ(read("\xFF\xFE"
                 "a\0:\0"sv),
            "line 1: not UTF-8");
}

TEST(ParseYaml, EverySplitOfATextIsReadOrRefused) {
  const std::string text =
      "a: &x [1, \"t\\u00e9\", {b: 'q'}]\nc: |\n  block\nd: *x\n<<: {e: ~}\n---\n- x\n...\n";
  ASSERT_TRUE(parse_yaml_stream(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    for (const std::string& part : {text.substr(0, size), text.substr(size)}) {
      const auto trees = parse_yaml_stream(part);
      if (!trees) {
        EXPECT_TRUE(trees.error().message.starts_with("line ")) << trees.error().message;
      }
    }
  }
}

TEST(ParseYaml, DepthHasALimit) {
  EXPECT_TRUE(parse_yaml(repeated("[", 64) + repeated("]", 64)));
  EXPECT_EQ(read(repeated("[", 65) + repeated("]", 65)), "line 1: nested deeper than 64 levels");
  EXPECT_FALSE(parse_yaml(repeated("- ", 65) + "x"));
}

TEST(ParseYaml, HundredThousandBracketsAreRefused) {
  for (const std::string_view part : {"[", "{", "- ", "{a: ", "[[", "? ", "!!x ", "&a "}) {
    EXPECT_FALSE(parse_yaml(repeated(part, 100'000))) << part;
  }
}

TEST(ParseYaml, DepthCountsThroughAliases) {
  std::string text = "- &a0 []\n";
  for (int i = 1; i < 100; ++i) {
    const std::string before = std::to_string(i - 1);
    const std::string name = std::to_string(i);
    text.append("- &a").append(name).append(" [*a").append(before).append("]\n");
  }
  EXPECT_TRUE(read(text).ends_with("nested deeper than 64 levels")) << read(text);
}

TEST(ParseYaml, AliasBombIsDefused) {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char name = 'b'; name <= 'i'; ++name) {
    const std::string alias = std::string("*") + static_cast<char>(name - 1);
    text.append(1, name).append(": &").append(1, name).append(" [");
    text.append(repeated(alias + ",", 8)).append(alias).append("]\n");
  }
  EXPECT_TRUE(read(text).ends_with("more than 1000000 values")) << read(text);
}

TEST(ParseYaml, AliasBombOfOneLongTextIsDefused) {
  const std::string text = "- &a " + std::string(1'000'000, 'x') + "\n" + repeated("- *a\n", 100);
  EXPECT_TRUE(read(text).ends_with("more than 67108864 bytes of text"));
}

TEST(ParseYaml, LengthHasALimit) {
  EXPECT_EQ(read("abc", {.bytes_max = 3}), "\"abc\"");
  EXPECT_EQ(read("abcd", {.bytes_max = 3}), "YAML is longer than the 3 bytes allowed");
}

TEST(ParseYaml, SecondDocumentIsRefused) {
  EXPECT_EQ(read("a: 1\n---\nb: 2\n"), "line 3: a second document; one is wanted here");
}

TEST(ParseYamlStream, ReadsEveryDocument) {
  const auto trees = parse_yaml_stream("a: 1\n---\n# nothing\n---\n- b\n...\n---\nc\n");
  ASSERT_TRUE(trees);
  ASSERT_EQ(trees->size(), 4U);
  EXPECT_EQ(write_json((*trees)[0]), R"({"a":1})");
  EXPECT_TRUE((*trees)[1].is_null());
  EXPECT_EQ(write_json((*trees)[2]), R"(["b"])");
  EXPECT_EQ((*trees)[2].line(), 5U);
  EXPECT_EQ(write_json((*trees)[3]), R"("c")");
}

TEST(ParseYamlStream, NoTextIsNoDocument) { EXPECT_TRUE(parse_yaml_stream("").value().empty()); }

TEST(ParseYamlStream, DocumentsHaveALimit) {
  EXPECT_TRUE(parse_yaml_stream(repeated("---\n", 3), {.documents_max = 3}));
  EXPECT_EQ(parse_yaml_stream(repeated("---\n", 4), {.documents_max = 3}).error().message,
            "line 4: more than 3 documents");
}

TEST(ParseYamlStream, ValuesOfAllDocumentsCount) {
  EXPECT_FALSE(parse_yaml_stream("[1,2]\n---\n[3,4]\n", {.nodes_max = 5}));
  EXPECT_TRUE(parse_yaml_stream("[1,2]\n---\n[3,4]\n", {.nodes_max = 6}));
}

}  // namespace
}  // namespace kai::codec
