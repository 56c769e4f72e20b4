#include "edges/helm/volatile_values.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_patch.h"

namespace kai::edges {
namespace {

Tree json(const std::string& text) { return codec::parse_json(text).value(); }

Tree config(const std::string& kind, const std::string& section, const std::string& value) {
  Tree object(Tree::Map{{"apiVersion", "v1"}, {"kind", kind}});
  object.set_at("/" + section + "/it", value);
  return object;
}

// What the canary gets for `it`, and whether that is another object than stable's.
Tree kept(const Tree& stable, const Tree& one, const Tree& again) {
  return with_stable_values({.one = one, .again = again}, stable,
                            codec::differing_pointers(one, again));
}

std::string kept_text(const std::string& stable, const std::string& one, const std::string& again) {
  const auto map = [](const std::string& text) { return config("ConfigMap", "data", text); };
  const std::string plain = kept(map(stable), map(one), map(again)).text_or("/data/it", "missing");
  const auto secret = [](const std::string& text) {
    return config("Secret", "data", codec::base64_encode(text));
  };
  const std::string encoded =
      kept(secret(stable), secret(one), secret(again)).text_or("/data/it", "missing");
  EXPECT_EQ(codec::base64_decode(encoded).value_or("not base64"), plain);
  return plain;
}

TEST(VolatileValues, PasswordStaysStables) { EXPECT_EQ(kept_text("old", "Xa1", "Xb2"), "old"); }

TEST(VolatileValues, WhatBothRendersSayIsTheCandidates) {
  const Tree one = json(R"({"data":{"a":"new","b":"r1"}})");
  const Tree again = json(R"({"data":{"a":"new","b":"r2"}})");
  const Tree stable = json(R"({"data":{"a":"old","b":"r0"}})");
  EXPECT_EQ(kept(stable, one, again), json(R"({"data":{"a":"new","b":"r0"}})"));
}

TEST(VolatileValues, ChangeInAFileWithATimeInItIsAChange) {
  EXPECT_EQ(kept_text("# at 10:00\nlimit 5\n", "# at 11:00\nlimit 5\n", "# at 11:01\nlimit 5\n"),
            "# at 10:00\nlimit 5\n");
  EXPECT_EQ(kept_text("# at 10:00\nlimit 5\n", "# at 11:00\nlimit 6\n", "# at 11:01\nlimit 6\n"),
            "# at 10:00\nlimit 6\n");
  EXPECT_EQ(kept_text("# at 10:00\nlimit 5\n", "# at 11:00\nlimit 5\nmore\n",
                      "# at 11:01\nlimit 5\nmore\n"),
            "# at 11:00\nlimit 5\nmore\n")
      << "which of stable's lines is the time is not known";
}

// Two renders that differ in length hide nothing: what differs from stable is then a change.
TEST(VolatileValues, TextOfVaryingLengthIsAChange) {
  EXPECT_EQ(kept_text("a\nlimit 5\n", "a\nb\nlimit 6\n", "a\nlimit 6\n"), "a\nb\nlimit 6\n");
  EXPECT_EQ(kept_text("a\nlimit 5\n", "a\nlimit 6\n", "a\nb\nlimit 6\n"), "a\nlimit 6\n");
  EXPECT_EQ(kept_text("a\n", "", "b\n"), "");
}

TEST(VolatileValues, CertificateIsOneValueWhateverItsLength) {
  const auto pem = [](const std::string& body) {
    return "-----BEGIN CERTIFICATE-----\n" + body + "-----END CERTIFICATE-----\n";
  };
  EXPECT_EQ(kept_text(pem("a\nb\n"), pem("c\n"), pem("d\n")), pem("a\nb\n"));
  EXPECT_EQ(kept_text(pem("a\n"), pem("c\nx\n"), pem("d\n")), pem("a\n"));
}

TEST(VolatileValues, VariableIsFoundByItsNameAndNotByItsPlace) {
  const auto pods = [](const std::string& variables) {
    return json(R"({"spec":{"template":{"spec":{"containers":[{"name":"c","env":[)" + variables +
                "]}]}}}}");
  };
  const Tree one = pods(R"({"name":"NEW","value":"n"},{"name":"PASSWORD","value":"r1"})");
  const Tree again = pods(R"({"name":"NEW","value":"n"},{"name":"PASSWORD","value":"r2"})");
  const Tree stable = pods(R"({"name":"PASSWORD","value":"r0"},{"name":"OTHER","value":"o"})");
  EXPECT_EQ(kept(stable, one, again),
            pods(R"({"name":"NEW","value":"n"},{"name":"PASSWORD","value":"r0"})"));
}

TEST(VolatileValues, WhatStableDoesNotHaveStaysAsRendered) {
  const Tree one = json(R"({"data":{"a":"r1","only-r1":"x"}})");
  const Tree again = json(R"({"data":{"a":"r2","only-r2":"x"}})");
  EXPECT_EQ(kept(json(R"({"data":{"b":"1"}})"), one, again), one);
  EXPECT_EQ(kept(Tree(), one, again), one);
  EXPECT_EQ(with_stable_values({.one = one, .again = again}, one, {"", "/nowhere/0", "/data/9"}),
            one);
}

TEST(VolatileValues, OtherKindsOfValuesAreStablesAsAWhole) {
  EXPECT_EQ(kept(json(R"({"n":1})"), json(R"({"n":2})"), json(R"({"n":3})")), json(R"({"n":1})"));
  const Tree broken = config("Secret", "data", "no base64!");
  EXPECT_EQ(kept(broken, config("Secret", "data", "eA=="), config("Secret", "data", "eQ==")),
            broken);
}

}  // namespace
}  // namespace kai::edges
