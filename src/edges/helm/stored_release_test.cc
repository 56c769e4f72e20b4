#include "edges/helm/stored_release.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/json.h"

namespace kai::edges {
namespace {

constexpr std::string_view payload = R"({
  "name": "kai", "namespace": "shop", "version": 3, "manifest": "---\nkind: x\n", "apply_method": "ssa",
  "hooks": [{"name": "h"}],
  "info": {"status": "pending-upgrade", "description": "Preparing upgrade", "last_deployed": "2026-01-02T03:04:05Z"},
  "chart": {"metadata": {"name": "shop", "version": "1.2.3", "appVersion": "v1"}}
})";

std::string encoded(std::string_view json) { return codec::base64_encode(codec::deflate(json)); }

Tree secret_of(const std::string& text) {
  Tree object = Tree::map();
  object.set("kind", "Secret");
  object.set_at("/metadata/name", "sh.helm.release.v1.kai.v3");
  object.set_at("/data/release", codec::base64_encode(text));
  return object;
}

TEST(StoredRelease, EveryFieldIsRead) {
  const Result<StoredRelease> release = decode_stored_release(encoded(payload));
  ASSERT_TRUE(release) << release.error().message;
  EXPECT_EQ(release->name, "kai");
  EXPECT_EQ(release->name_space, "shop");
  EXPECT_EQ(release->revision, 3);
  EXPECT_EQ(release->status, ReleaseStatus::pending_upgrade);
  EXPECT_EQ(release->description, "Preparing upgrade");
  EXPECT_EQ(release->last_deployed, "2026-01-02T03:04:05Z");
  EXPECT_EQ(release->chart_name, "shop");
  EXPECT_EQ(release->chart_version, "1.2.3");
  EXPECT_EQ(release->app_version, "v1");
  EXPECT_EQ(release->apply_method, "ssa");
  EXPECT_EQ(release->manifest, "---\nkind: x\n");
  EXPECT_TRUE(release->has_hooks);
}

TEST(StoredRelease, PlainJsonWithoutGzipIsReadToo) {
  const auto release = decode_stored_release(codec::base64_encode(payload));
  ASSERT_TRUE(release) << release.error().message;
  EXPECT_EQ(release->revision, 3);
}

TEST(StoredRelease, SecretHasOneMoreLayerThanConfigMap) {
  EXPECT_TRUE(decode_release_object(secret_of(encoded(payload))));
  Tree config = Tree::map();
  config.set("kind", "ConfigMap");
  config.set_at("/data/release", encoded(payload));
  EXPECT_TRUE(decode_release_object(config));
}

TEST(StoredRelease, OptionalFieldsMayBeAbsent) {
  const auto release = decode_stored_release(
      encoded(R"({"name":"a","version":1,"info":{"status":"deployed"},"hooks":null})"));
  ASSERT_TRUE(release) << release.error().message;
  EXPECT_EQ(release->status, ReleaseStatus::deployed);
  EXPECT_EQ(release->manifest, "");
  EXPECT_FALSE(release->has_hooks);
}

TEST(StoredRelease, MissingNameVersionOrStatusIsMalformed) {
  for (const char* const json :
       {R"({"version":1,"info":{"status":"deployed"}})",
        R"({"name":"a","info":{"status":"deployed"}})", R"({"name":"a","version":1,"info":{}})",
        R"({"name":"a","version":0,"info":{"status":"deployed"}})",
        R"({"name":"a","version":"1","info":{"status":"deployed"}})", R"([])", R"(null)"}) {
    const auto release = decode_stored_release(encoded(json));
    ASSERT_FALSE(release) << json;
    EXPECT_EQ(release.error().kind, ErrorKind::malformed);
    EXPECT_EQ(release.error().message, "record of Helm: name, version or info.status is missing");
  }
}

TEST(StoredRelease, GarbageOnEveryLayerIsMalformed) {
  const std::string gzip = codec::deflate(payload);
  for (const std::string& text :
       {std::string("%%%"), std::string(), codec::base64_encode("not json"),
        codec::base64_encode(gzip.substr(0, gzip.size() / 2)), encoded("{\"name\":"),
        codec::base64_encode(gzip + "more")}) {
    const auto release = decode_stored_release(text);
    ASSERT_FALSE(release);
    EXPECT_EQ(release.error().kind, ErrorKind::malformed);
  }
}

TEST(StoredRelease, CutAtEveryByteNeverPasses) {
  const std::string whole = encoded(payload);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode_stored_release(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(StoredRelease, BombIsRefusedAtItsLimit) {
  const std::string bomb = encoded(std::string(stored_release_bytes_max + 1, ' '));
  ASSERT_LT(bomb.size(), std::size_t{1} << 20U);
  const auto release = decode_stored_release(bomb);
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().kind, ErrorKind::malformed);
}

TEST(StoredRelease, HundredThousandBracketsAreRefused) {
  EXPECT_FALSE(decode_stored_release(encoded(std::string(100'000, '['))));
}

TEST(StoredRelease, ObjectWithoutPayloadIsNamed) {
  Tree object = Tree::map();
  object.set_at("/metadata/name", "sh.helm.release.v1.kai.v3");
  const auto release = decode_release_object(object);
  ASSERT_FALSE(release);
  EXPECT_EQ(release.error().message,
            "record of Helm 'sh.helm.release.v1.kai.v3' has no data.release");
}

TEST(StoredRelease, UnknownStatusIsNeverGood) {
  EXPECT_EQ(parse_release_status("Deployed"), ReleaseStatus::unknown);
  EXPECT_FALSE(may_be_good({.revision = 1, .status = parse_release_status("fine")}, {}));
}

TEST(StoredRelease, StatusWordsGoBothWays) {
  for (const char* const word :
       {"unknown", "deployed", "uninstalled", "superseded", "failed", "uninstalling",
        "pending-install", "pending-upgrade", "pending-rollback"}) {
    EXPECT_EQ(name_of(parse_release_status(word)), word);
  }
}

Tree labelled(const char* version) {
  Tree object = Tree::map();
  object.set_at("/metadata/name", "sh.helm.release.v1.kai.v12");
  object.set_at("/metadata/namespace", "shop");
  object.set_at("/metadata/labels/owner", "helm");
  object.set_at("/metadata/labels/name", "kai");
  object.set_at("/metadata/labels/version", version);
  object.set_at("/metadata/labels/status", "superseded");
  return object;
}

TEST(StoredRelease, LabelsAreReadStrictly) {
  EXPECT_EQ(read_record_labels(labelled("12")),
            (RecordLabels{.release = "kai",
                          .name_space = "shop",
                          .revision = 12,
                          .status = ReleaseStatus::superseded,
                          .object = "sh.helm.release.v1.kai.v12"}));
  for (const char* const version : {"0", "-1", "x", "1x", "99999999999", ""}) {
    EXPECT_FALSE(read_record_labels(labelled(version))) << version;
  }
  Tree foreign = labelled("12");
  foreign.set_at("/metadata/labels/owner", "me");
  EXPECT_FALSE(read_record_labels(foreign));
}

std::vector<StoredRelease> history() {
  return {
      {.revision = 1, .status = ReleaseStatus::superseded, .description = "Install complete"},
      {.revision = 2,
       .status = ReleaseStatus::superseded,
       .description = "Upgrade \"kai\" failed: timed out"},
      {.revision = 3, .status = ReleaseStatus::failed, .description = "Upgrade \"kai\" failed: no"},
      {.revision = 4, .status = ReleaseStatus::deployed, .description = "Rollback to 1"}};
}

TEST(StoredRelease, SupersededDoesNotMeanThatItWasGood) {
  const auto releases = history();
  ASSERT_NE(newest_good(releases, 4), nullptr);
  EXPECT_EQ(newest_good(releases, 4)->revision, 1);
  EXPECT_EQ(newest_good(releases, 5)->revision, 4);
  EXPECT_EQ(newest_good(releases, 1), nullptr);
}

TEST(StoredRelease, RevisionThatSomebodyWentBackFromIsNotGood) {
  const std::vector<StoredRelease> releases = {
      {.revision = 1, .status = ReleaseStatus::superseded, .description = "Install complete"},
      {.revision = 2, .status = ReleaseStatus::superseded, .description = "kai-canary r1"},
      {.revision = 3, .status = ReleaseStatus::superseded, .description = "Rollback to 1"},
      {.revision = 4, .status = ReleaseStatus::deployed, .description = "Upgrade complete"}};
  EXPECT_FALSE(may_be_good(releases[1], releases));
  EXPECT_TRUE(may_be_good(releases[0], releases));
  EXPECT_EQ(newest_good(releases, 4)->revision, 3);
  EXPECT_EQ(newest_good(releases, 3)->revision, 1);
}

TEST(StoredRelease, RollbackThatFailedLeftNothingBehind) {
  const std::vector<StoredRelease> releases = {
      {.revision = 1, .status = ReleaseStatus::superseded},
      {.revision = 2, .status = ReleaseStatus::deployed},
      {.revision = 3, .status = ReleaseStatus::failed, .description = "Rollback to 1"}};
  EXPECT_TRUE(may_be_good(releases[1], releases));
}

TEST(StoredRelease, HelmItselfWouldTakeTheFailedOne) {
  std::vector<StoredRelease> releases = history();
  releases.pop_back();
  EXPECT_EQ(helm_rollback_target(releases)->revision, 2);
}

}  // namespace
}  // namespace kai::edges
