#include "edges/kube_workload/shared_volumes.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

Tree json(const std::string& text) { return codec::parse_json(text).value(); }

Tree pods(const std::string& volumes, const std::string& containers) {
  return json(R"({"spec":{"volumes":[)" + volumes + R"(],"containers":[)" + containers + "]}}");
}

const std::string data = R"({"name":"data","persistentVolumeClaim":{"claimName":"files"}})";
const std::string mount = R"({"volumeMounts":[{"name":"data","mountPath":"/data"}]})";

Tree claim(const std::string& modes) { return json(R"({"spec":{"accessModes":[)" + modes + "]}}"); }

std::vector<ClaimUse> used(bool writable) { return {{.claim = "files", .writable = writable}}; }

TEST(SharedVolumes, MountWithoutReadOnlyIsWritten) {
  EXPECT_EQ(claims_of(pods(data, mount)), used(true));
}

TEST(SharedVolumes, ReadOnlyMountOrClaimIsNotWritten) {
  const std::string read = R"({"volumeMounts":[{"name":"data","readOnly":true}]})";
  const std::string read_claim =
      R"({"name":"data","persistentVolumeClaim":{"claimName":"files","readOnly":true}})";
  EXPECT_EQ(claims_of(pods(data, read)), used(false));
  EXPECT_EQ(claims_of(pods(read_claim, mount)), used(false));
  EXPECT_EQ(claims_of(pods(data, "")), used(false)) << "nobody mounts it";
}

TEST(SharedVolumes, OneWriterAmongReadersIsEnough) {
  const std::string read = R"({"volumeMounts":[{"name":"data","readOnly":true}]})";
  EXPECT_EQ(claims_of(pods(data, read + "," + mount)), used(true));
  const std::string twice =
      R"({"name":"more","persistentVolumeClaim":{"claimName":"files","readOnly":true}},)" + data;
  EXPECT_EQ(claims_of(pods(twice, mount)), used(true));
  EXPECT_EQ(claims_of(json(R"({"spec":{"volumes":[)" + data + R"(],"initContainers":[)" + mount +
                           R"(],"containers":[]}})")),
            used(true));
}

TEST(SharedVolumes, BlockDeviceIsWritten) {
  EXPECT_EQ(claims_of(pods(data, R"({"volumeDevices":[{"name":"data","devicePath":"/dev/x"}]})")),
            used(true));
}

TEST(SharedVolumes, OtherVolumesAreNoClaims) {
  EXPECT_TRUE(claims_of(pods(R"({"name":"data","emptyDir":{}},
                                {"name":"own","ephemeral":{"volumeClaimTemplate":{}}})",
                             mount))
                  .empty());
  EXPECT_TRUE(claims_of(json("{}")).empty());
  EXPECT_TRUE(claims_of(Tree()).empty());
}

TEST(SharedVolumes, OnlyAClaimThatAllReadMayBeMountedTwiceWritably) {
  const ClaimUse writer{.claim = "files", .writable = true};
  for (const char* const modes :
       {"\"ReadWriteOnce\"", "\"ReadWriteMany\"", "\"ReadOnlyMany\",\"ReadWriteOnce\"", ""}) {
    const auto why = why_not_shared(writer, claim(modes));
    ASSERT_TRUE(why) << modes;
    EXPECT_NE(why->find("two versions would write"), std::string::npos) << *why;
  }
  EXPECT_TRUE(why_not_shared(writer, Tree())) << "unknown is not allowed";
  EXPECT_FALSE(why_not_shared(writer, claim("\"ReadOnlyMany\"")));
}

TEST(SharedVolumes, ReaderMayShareUnlessTheClaimIsForOnePod) {
  const ClaimUse reader{.claim = "files", .writable = false};
  EXPECT_FALSE(why_not_shared(reader, claim("\"ReadWriteMany\"")));
  EXPECT_FALSE(why_not_shared(reader, Tree()));
  EXPECT_EQ(why_not_shared(reader, claim("\"ReadWriteOncePod\"")),
            "only one pod at a time may mount it");
}

}  // namespace
}  // namespace kai::edges
