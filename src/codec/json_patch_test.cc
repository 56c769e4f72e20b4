#include "codec/json_patch.h"

#include <gtest/gtest.h>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "codec/json.h"

namespace kai::codec {
namespace {

using Pointers = std::vector<std::string>;

Tree json(std::string_view text) { return parse_json(text).value(); }

Result<std::string> applied(std::string_view tree, std::string_view patch) {
  Result<Tree> result = apply(json(tree), json(patch));
  if (!result) return std::unexpected(result.error());
  return write_json(*result);
}

TEST(JsonPatch, BuildsThePatchDocument) {
  JsonPatch patch;
  patch.test("/a", 1).replace("/a", "x").add("/b/-", Tree()).remove("/c");
  EXPECT_EQ(write_json(patch.document()),
            R"([{"op":"test","path":"/a","value":1},{"op":"replace","path":"/a","value":"x"},)"
            R"({"op":"add","path":"/b/-","value":null},{"op":"remove","path":"/c"}])");
}

TEST(JsonPatch, EmptyPatchIsAnEmptyList) { EXPECT_EQ(write_json(JsonPatch().document()), "[]"); }

// From RFC 6902, appendix A.
TEST(ApplyPatch, HoldsTheExamplesOfTheRfc) {
  EXPECT_EQ(applied(R"({"foo":"bar"})", R"([{"op":"add","path":"/baz","value":"qux"}])").value(),
            R"({"foo":"bar","baz":"qux"})");
  EXPECT_EQ(applied(R"({"foo":["bar","baz"]})", R"([{"op":"add","path":"/foo/1","value":"qux"}])")
                .value(),
            R"({"foo":["bar","qux","baz"]})");
  EXPECT_EQ(applied(R"({"baz":"qux","foo":"bar"})", R"([{"op":"remove","path":"/baz"}])").value(),
            R"({"foo":"bar"})");
  EXPECT_EQ(
      applied(R"({"foo":["bar","qux","baz"]})", R"([{"op":"remove","path":"/foo/1"}])").value(),
      R"({"foo":["bar","baz"]})");
  EXPECT_EQ(
      applied(R"({"baz":"qux","foo":"bar"})", R"([{"op":"replace","path":"/baz","value":"boo"}])")
          .value(),
      R"({"baz":"boo","foo":"bar"})");
  EXPECT_EQ(applied(R"({"foo":["bar"]})", R"([{"op":"add","path":"/foo/-","value":["abc","def"]}])")
                .value(),
            R"({"foo":["bar",["abc","def"]]})");
  EXPECT_EQ(applied(R"({"/":9,"~1":10})", R"([{"op":"test","path":"/~01","value":10}])").value(),
            R"({"/":9,"~1":10})");
}

TEST(ApplyPatch, ReachesTheWholeDocument) {
  EXPECT_EQ(applied("1", R"([{"op":"replace","path":"","value":2}])").value(), "2");
  EXPECT_EQ(
      applied("1", R"([{"op":"add","path":"","value":[]},{"op":"add","path":"/0","value":1}])")
          .value(),
      "[1]");
}

TEST(ApplyPatch, EscapedNamesAreFound) {
  EXPECT_EQ(applied(R"({"a/b":{"c~d":1}})", R"([{"op":"replace","path":"/a~1b/c~0d","value":2}])")
                .value(),
            R"({"a/b":{"c~d":2}})");
}

TEST(ApplyPatch, TestComparesNumbersByValue) {
  EXPECT_TRUE(applied(R"({"a":1})", R"([{"op":"test","path":"/a","value":1.0}])"));
  EXPECT_FALSE(applied(R"({"a":1})", R"([{"op":"test","path":"/a","value":"1"}])"));
}

TEST(ApplyPatch, TestThatDoesNotHoldIsRejected) {
  const auto result = applied(
      R"({"w":10})", R"([{"op":"test","path":"/w","value":0},{"op":"remove","path":"/w"}])");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{ErrorKind::rejected, "patch: the test of '/w' does not hold"}));
}

TEST(ApplyPatch, PointerThatLeadsNowhereIsRejected) {
  for (const std::string_view patch :
       {R"([{"op":"remove","path":"/x"}])", R"([{"op":"replace","path":"/x","value":1}])",
        R"([{"op":"test","path":"/x","value":null}])", R"([{"op":"add","path":"/x/y","value":1}])",
        R"([{"op":"add","path":"/l/3","value":1}])", R"([{"op":"add","path":"/l/01","value":1}])",
        R"([{"op":"add","path":"/l/x","value":1}])", R"([{"op":"add","path":"/s/x","value":1}])",
        R"([{"op":"remove","path":"/l/2"}])", R"([{"op":"remove","path":"/l/-"}])",
        R"([{"op":"replace","path":"/l/-1","value":1}])",
        R"([{"op":"replace","path":"/l/00","value":1}])"}) {
    const auto result = applied(R"({"l":[1,2],"s":"x"})", patch);
    ASSERT_FALSE(result) << patch;
    EXPECT_EQ(result.error().kind, ErrorKind::rejected);
    EXPECT_TRUE(result.error().message.starts_with("patch: nothing is at '/"))
        << result.error().message;
  }
}

TEST(ApplyPatch, WhatIsNoPatchIsMalformed) {
  for (const std::string_view patch :
       {"{}", "null", R"(["x"])", R"([{"op":"add","path":"/a"}])", R"([{"path":"/a","value":1}])",
        R"([{"op":"add","value":1}])", R"([{"op":"add","path":"a","value":1}])",
        R"([{"op":"x","path":"/a","value":1}])", R"([{"op":"move","path":"/a","from":"/b"}])"}) {
    const auto result = applied("{}", patch);
    ASSERT_FALSE(result) << patch;
    EXPECT_EQ(result.error().kind, ErrorKind::malformed);
  }
}

TEST(DifferingPointers, EqualTreesHaveNone) {
  EXPECT_EQ(differing_pointers(json(R"({"a":[1],"b":2})"), json(R"({"b":2.0,"a":[1]})")),
            Pointers{});
}

TEST(DifferingPointers, NamesEachPlaceOnce) {
  EXPECT_EQ(differing_pointers(json(R"({"a":1,"b":{"c":[1,2,3]},"d":{"e":1},"x/y":1})"),
                               json(R"({"a":2,"b":{"c":[1,5]},"d":[],"n":{"m":1},"x/y":2})")),
            (Pointers{"/a", "/b/c/1", "/b/c/2", "/d", "/x~1y", "/n"}));
}

TEST(DifferingPointers, OfTwoScalarsIsTheRoot) {
  EXPECT_EQ(differing_pointers(1, 2), Pointers{""});
}

TEST(DifferingPointers, LargeIntegersAreComparedExactly) {
  EXPECT_EQ(differing_pointers(json("9007199254740993"), json("9007199254740992")), Pointers{""});
}

}  // namespace
}  // namespace kai::codec
