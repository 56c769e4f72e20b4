#include "edges/helm/manifest.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

using Kind = ports::ObjectChange::Kind;

constexpr const char* config = R"(---
# Source: kai/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  a: "1"
)";

std::vector<Document> parsed(std::string_view text) {
  auto documents = parse_manifest(text, "shop");
  EXPECT_TRUE(documents) << documents.error().message;
  return documents ? *documents : std::vector<Document>{};
}

std::string with(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(Manifest, DocumentsAreSplitAtMarkersAndKeepTheirBytes) {
  const auto documents = parsed(std::string(config) +
                                "---\n\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: "
                                "{name: web, namespace: other}\n");
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(
      documents[0].key,
      (ObjectKey{.group = "", .kind = "ConfigMap", .name_space = "shop", .name = "settings"}));
  EXPECT_NE(documents[0].raw.find("# Source"), std::string::npos);
  EXPECT_EQ(
      documents[1].key,
      (ObjectKey{.group = "apps", .kind = "Deployment", .name_space = "other", .name = "web"}));
}

TEST(Manifest, MarkerInsideATextIsNoMarker) {
  const auto documents = parsed(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: |\n    a\n    ---\n    "
      "b\n");
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].object.text_or("/data/x", ""), "a\n---\nb\n");
}

TEST(Manifest, EmptyManifestHasNoDocuments) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("---\n# nothing\n---\n").empty());
}

TEST(Manifest, ListIsTakenApart) {
  const auto documents = parsed(
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: "
      "a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n");
  ASSERT_EQ(documents.size(), 2U);
  EXPECT_EQ(documents[1].key.name, "b");
}

TEST(Manifest, NamelessAndDoubledObjectsAreRefused) {
  const auto nameless = parse_manifest("apiVersion: v1\nkind: Secret\n", "shop");
  ASSERT_FALSE(nameless);
  EXPECT_EQ(nameless.error().kind, ErrorKind::rejected);
  const auto doubled = parse_manifest(std::string(config) + config, "shop");
  ASSERT_FALSE(doubled);
  EXPECT_EQ(doubled.error().message, "rendered twice: ConfigMap shop/settings");
}

TEST(Manifest, BrokenYamlNamesItsLine) {
  const auto broken = parse_manifest("a: [\n", "shop");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::malformed);
  EXPECT_NE(broken.error().message.find("line"), std::string::npos);
}

TEST(Manifest, SpellingIsNoChange) {
  const auto changes =
      compare(parsed(config), parsed(with(config, "a: \"1\"", "a: '1'") + "\n\n"), {});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].kind, Kind::unchanged);
}

TEST(Manifest, TypeIsAChange) {
  const auto changes = compare(parsed(config), parsed(with(config, "a: \"1\"", "a: 1")), {});
  EXPECT_EQ(changes[0].kind, Kind::changed);
}

TEST(Manifest, NamespaceOfTheReleaseMayBeSpelledOut) {
  const auto changes =
      compare(parsed(config),
              parsed(with(config, "  name: settings", "  name: settings\n  namespace: shop")), {});
  ASSERT_EQ(changes.size(), 1U) << "the same object on both sides";
}

TEST(Manifest, ApiVersionMayMoveWithinItsGroup) {
  const auto before = parsed("apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: web}\n");
  const auto changes =
      compare(before, parsed("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"), {});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].kind, Kind::changed);
}

TEST(Manifest, HelmsTrackingMarksAreNoChangeButInAPodTemplateTheyAre) {
  const std::string marked =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {helm.sh/chart: kai-1, "
      "app.kubernetes.io/managed-by: Helm}}\n"
      "spec: {template: {metadata: {labels: {helm.sh/chart: kai-1}}}}\n";
  EXPECT_EQ(compare(parsed(marked), parsed(with(marked, "kai-1,", "kai-2,")), {})[0].kind,
            Kind::unchanged);
  EXPECT_EQ(compare(parsed(marked), parsed(with(marked, "kai-1}}}", "kai-2}}}")), {})[0].kind,
            Kind::changed);
}

TEST(Manifest, AddedAndRemovedStandOnOneSide) {
  const auto other = parsed(with(config, "settings", "other"));
  const auto changes = compare(parsed(config), other, {});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind, Kind::added);
  EXPECT_TRUE(changes[0].stable.is_null());
  EXPECT_EQ(changes[1].kind, Kind::removed);
  EXPECT_TRUE(changes[1].candidate.is_null());
}

TEST(Manifest, WhatTwoRendersDisagreeAboutIsVolatile) {
  const auto one = parsed(config);
  const auto two = parsed(with(config, "a: \"1\"", "a: \"2\""));
  const Pointers volatiles = volatile_pointers(one, two);
  ASSERT_EQ(volatiles.size(), 1U);
  EXPECT_EQ(volatiles.begin()->second, std::vector<std::string>{"/data/a"});
  const auto stable = parsed(with(config, "a: \"1\"", "a: \"0\""));
  const auto change = compare(stable, one, two)[0];
  EXPECT_EQ(change.kind, Kind::unchanged);
  EXPECT_TRUE(change.volatile_only);
  EXPECT_EQ(change.volatiles, std::vector<std::string>{"/data/a"});
}

TEST(Manifest, ChangeBesideAVolatileValueIsAChangeWithStablesValue) {
  const auto rendered = [](const std::string& value) {
    return parsed(with(config, "a: \"1\"", "a: \"" + value + "\"\n  b: new"));
  };
  const auto stable = parsed(with(config, "a: \"1\"", "a: \"0\""));
  const auto change = compare(stable, rendered("1"), rendered("2"))[0];
  EXPECT_EQ(change.kind, Kind::changed);
  EXPECT_FALSE(change.volatile_only);
  EXPECT_EQ(change.candidate.text_or("/data/a", ""), "0");
  EXPECT_EQ(change.candidate.text_or("/data/b", ""), "new");
}

TEST(Manifest, DigestIgnoresOrderSpellingAndVolatilesOnly) {
  const std::string other = with(config, "settings", "other");
  const Pointers none;
  EXPECT_EQ(manifest_digest(parsed(config + other), none),
            manifest_digest(parsed(other + config), none));
  const auto changed = parsed(with(config, "a: \"1\"", "a: \"2\""));
  EXPECT_NE(manifest_digest(parsed(config), none), manifest_digest(changed, none));
  const Pointers volatiles = volatile_pointers(parsed(config), changed);
  EXPECT_EQ(manifest_digest(parsed(config), volatiles), manifest_digest(changed, volatiles));
}

TEST(Manifest, OnlyChangedDocumentsAreRehearsed) {
  const std::string other = with(config, "settings", "other");
  const auto changed = changed_documents(parsed(config), parsed(config + other));
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].key.name, "other");
}

}  // namespace
}  // namespace kai::edges
