#include "edges/helm/tag_probe.h"

#include <gtest/gtest.h>

#include "codec/yaml.h"

namespace kai::edges {
namespace {

std::vector<TagPath> paths_in(const char* yaml, std::size_t paths_max = probed_paths_max) {
  return tag_paths(*codec::parse_yaml(yaml), paths_max);
}

TEST(TagProbe, PlacesThatLookLikeTagsAreFound) {
  const auto found = paths_in(
      "image: {repository: r, tag: v1}\nworker: {imageTag: v1}\nsidecar: {image: "
      "'host:5000/s:v3'}\nreplicas: 2\n");
  EXPECT_EQ(found, (std::vector<TagPath>{{.path = "image.tag"},
                                         {.path = "worker.imageTag"},
                                         {.path = "sidecar.image", .repository = "host:5000/s"}}));
}

TEST(TagProbe, EmptyTagIsAPlaceButAMapIsNot) {
  EXPECT_EQ(paths_in("tag:\n"), std::vector<TagPath>{{.path = "tag"}});
  EXPECT_TRUE(paths_in("tag: {a: 1}\nimage: {a: 1}\n").empty());
}

TEST(TagProbe, DotsInKeysAreEscaped) {
  EXPECT_EQ(paths_in("a.b: {tag: x}\n"), std::vector<TagPath>{{.path = "a\\.b.tag"}});
}

TEST(TagProbe, NoMorePathsThanAllowed) {
  EXPECT_EQ(paths_in("a: {tag: x}\nb: {tag: x}\nc: {tag: x}\n", 2).size(), 2U);
  EXPECT_TRUE(paths_in("just text").empty());
}

TEST(TagProbe, RemedyIsTheOptionToAdd) {
  const ObjectKey web{.group = "apps", .kind = "Deployment", .name_space = "shop", .name = "web"};
  const ObjectKey side{.group = "apps", .kind = "Deployment", .name_space = "shop", .name = "side"};
  const std::vector<TagReach> reaches = {
      {.path = {.path = "web.tag"}, .workloads = {web}},
      {.path = {.path = "side.image", .repository = "r"}, .workloads = {side}}};
  EXPECT_EQ(tag_remedy(reaches, web, "v2"), "--tag-key=web.tag");
  EXPECT_EQ(tag_remedy(reaches, side, "v2"), "--set-string side.image=r:v2");
  EXPECT_EQ(tag_remedy({}, web, "v2"), "");
}

}  // namespace
}  // namespace kai::edges
