#include "codec/yaml_scalar.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"
#include "codec/json.h"
#include "codec/yaml.h"

namespace kai::codec {
namespace {

struct Row {
  std::string_view text;
  std::string_view json;  // what must come out, as JSON
};

std::string resolved(std::string_view text, YamlSchema schema) {
  const auto value = resolve_plain(text, schema);
  return value ? write_json(*value) : value.error().message;
}

// Each row was printed by sigs.k8s.io/yaml v1.6.0 (Go), which Helm 3 and 4 and Kubernetes use.
constexpr Row helm_rows[] = {
    {"y", "true"},
    {"Y", "true"},
    {"yes", "true"},
    {"Yes", "true"},
    {"YES", "true"},
    {"n", "false"},
    {"N", "false"},
    {"no", "false"},
    {"No", "false"},
    {"NO", "false"},
    {"on", "true"},
    {"On", "true"},
    {"ON", "true"},
    {"off", "false"},
    {"Off", "false"},
    {"OFF", "false"},
    {"true", "true"},
    {"True", "true"},
    {"TRUE", "true"},
    {"false", "false"},
    {"False", "false"},
    {"tRUE", "\"tRUE\""},
    {"yEs", "\"yEs\""},
    {"~", "null"},
    {"null", "null"},
    {"Null", "null"},
    {"NULL", "null"},
    {"nULL", "\"nULL\""},
    {"0777", "511"},
    {"0o17", "15"},
    {"0x1F", "31"},
    {"0b11", "3"},
    {"-0x1F", "-31"},
    {"1_000", "1000"},
    {"0_7", "7"},
    {"1e3", "1000"},
    {"1.5e3", "1500"},
    {"1.20", "1.2"},
    {"1.0", "1"},
    {".5", "0.5"},
    {"5.", "5"},
    {"+12", "12"},
    {"-12", "-12"},
    {"-0", "0"},
    {"1e10", "10000000000"},
    {"08", "8"},
    {"09", "9"},
    {"0o8", "\"0o8\""},
    {"12:30:45", "\"12:30:45\""},
    {"2001-01-01", "\"2001-01-01\""},
    {"2001-12-14t21:59:43.10-05:00", "\"2001-12-14t21:59:43.10-05:00\""},
    {"1.2.3", "\"1.2.3\""},
    {"v1.2.3", "\"v1.2.3\""},
    {"1234567", "1234567"},
    {"0.1", "0.1"},
    {"1__0", "10"},
    {"_1", "\"_1\""},
    {"1_", "1"},
    {"+0x10", "16"},
    {"0xG", "\"0xG\""},
    {"e3", "\"e3\""},
    {"1e", "\"1e\""},
    {"--1", "\"--1\""},
    {"=", "\"=\""},
};

TEST(ResolvePlainAsHelm, AgreesWithTheGoLibrary) {
  for (const auto& [text, json] : helm_rows)
    EXPECT_EQ(resolved(text, YamlSchema::helm), json) << text;
}

TEST(ResolvePlainAsHelm, NumbersLosePrecisionAsInJson) {
  EXPECT_EQ(resolved("9007199254740993", YamlSchema::helm), "9007199254740992");
  EXPECT_EQ(resolved("9223372036854775807", YamlSchema::helm), "9.223372036854776e+18");
  EXPECT_EQ(resolved("1.0", YamlSchema::helm), "1");
  EXPECT_EQ(resolved("-0.0", YamlSchema::helm), "0");
}

// YAML 1.2.2 §10.3.2.
constexpr Row core_rows[] = {{"true", "true"},
                             {"FALSE", "false"},
                             {"yes", "\"yes\""},
                             {"on", "\"on\""},
                             {"n", "\"n\""},
                             {"~", "null"},
                             {"", "null"},
                             {"Null", "null"},
                             {"nULL", "\"nULL\""},
                             {"0777", "777"},
                             {"0o17", "15"},
                             {"0x1F", "31"},
                             {"-0x1F", "\"-0x1F\""},
                             {"0b11", "\"0b11\""},
                             {"1_000", "\"1_000\""},
                             {"1.0", "1.0"},
                             {"1e3", "1000.0"},
                             {".5", "0.5"},
                             {"+12", "12"},
                             {"-12", "-12"},
                             {"9007199254740993", "9007199254740993"},
                             {"9223372036854775808", "9.223372036854776e+18"},
                             {"2001-01-01", "\"2001-01-01\""},
                             {"12:30:45", "\"12:30:45\""},
                             {"0O17", "\"0O17\""},
                             {".", "\".\""},
                             {"1e999", "\"1e999\""},
                             {"-", "\"-\""}};

TEST(ResolvePlainAsCore, HoldsTheTableOfTheStandard) {
  for (const auto& [text, json] : core_rows)
    EXPECT_EQ(resolved(text, YamlSchema::core), json) << text;
}

TEST(ResolvePlain, InfinityAndNanAreMalformed) {
  for (const std::string_view text : {".inf", "-.Inf", "+.INF", ".nan", ".NaN", ".NAN"}) {
    for (const YamlSchema schema : {YamlSchema::helm, YamlSchema::core}) {
      const auto value = resolve_plain(text, schema);
      ASSERT_FALSE(value) << text;
      EXPECT_EQ(value.error().kind, ErrorKind::malformed);
      EXPECT_TRUE(value.error().message.ends_with("has no form in JSON; use a number or quote it"));
    }
  }
}

Result<Tree> tagged(std::string_view name, std::string_view text) {
  return resolve_tagged("tag:yaml.org,2002:" + std::string(name), text, YamlSchema::helm);
}

TEST(ResolveTagged, TagDecides) {
  EXPECT_EQ(*tagged("str", "1").value().as_text(), "1");
  EXPECT_EQ(*tagged("int", "0x10").value().as_int(), 16);
  EXPECT_EQ(*tagged("float", "1").value().as_int(), 1);
  EXPECT_EQ(*tagged("bool", "yes").value().as_bool(), true);
  EXPECT_TRUE(tagged("null", "").value().is_null());
  EXPECT_EQ(*tagged("binary", "aGVs\n bG8=").value().as_text(), "hello");
  EXPECT_EQ(*tagged("binary", "Yf9i").value().as_text(),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(*tagged("timestamp", "2001-01-01").value().as_text(), "2001-01-01");
  EXPECT_EQ(*resolve_tagged("!vault", "1", YamlSchema::helm).value().as_text(), "1");
}

TEST(ResolveTagged, ValueMustFitItsTag) {
  EXPECT_EQ(tagged("int", "1.5").error().message, "'1.5' is not a !!int");
  EXPECT_EQ(tagged("bool", "1").error().message, "'1' is not a !!bool");
  EXPECT_EQ(tagged("null", "x").error().message, "'x' is not a !!null");
  EXPECT_EQ(tagged("float", "x").error().message, "'x' is not a !!float");
  EXPECT_TRUE(tagged("binary", "x").error().message.starts_with("a !!binary value: not base64"));
}

// Printed by the same Go library.
constexpr Row key_rows[] = {{"a", "a"},
                            {"y", "true"},
                            {"Off", "false"},
                            {"1", "1"},
                            {"01", "1"},
                            {"0x10", "16"},
                            {"9007199254740993", "9007199254740993"},
                            {"1.0", "1"},
                            {"1.5", "1.5"},
                            {"1e3", "1000"},
                            {"1e6", "1e+06"},
                            {"1234567.5", "1.2345675e+06"},
                            {"0.00001", "1e-05"},
                            {"16777217.0", "1.6777216e+07"},
                            {"1e15", "1e+15"},
                            {"1e100", ".inf"},
                            {".inf", ".inf"},
                            {"-.Inf", "-.inf"},
                            {".NAN", ".nan"},
                            {"2001-01-01", "2001-01-01"}};

TEST(ResolvePlainKey, AgreesWithTheGoLibrary) {
  for (const auto& [text, key] : key_rows)
    EXPECT_EQ(resolve_plain_key(text, YamlSchema::helm), key) << text;
}

TEST(ResolvePlainKey, NullIsNoKey) {
  EXPECT_EQ(resolve_plain_key("~", YamlSchema::helm).error(),
            (Error{ErrorKind::malformed, "a key is null; quote it"}));
}

TEST(KeyText, ListAndMapAreNoKeys) {
  EXPECT_TRUE(key_text(Tree::list()).error().message.contains("only scalars can be keys"));
  EXPECT_TRUE(key_text(Tree::map()).error().message.contains("only scalars can be keys"));
}

}  // namespace
}  // namespace kai::codec
