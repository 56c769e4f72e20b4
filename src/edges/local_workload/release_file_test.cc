#include "edges/local_workload/release_file.h"

#include <gtest/gtest.h>

#include "codec/json.h"

namespace kai::edges {
namespace {

core::LocalRelease release() {
  return {.file = "/srv/kai.yaml",
          .directory = "/srv",
          .services = {{.name = "api", .listen = "0.0.0.0:80", .run = {"./api"}}}};
}

ReleaseFile sample() {
  ReleaseFile file;
  file.add({.tag = "v1",
            .state = RevisionState::superseded,
            .when = WallTime{std::chrono::seconds(1767323045)},
            .rollout = "r1",
            .description = "first install",
            .release = release()});
  file.add({.tag = "v2",
            .state = RevisionState::deployed,
            .when = WallTime{std::chrono::seconds(1767323046)},
            .returns_to = 1,
            .release = release()});
  file.instances.push_back({.service = "api",
                            .tag = "v2",
                            .number = 1,
                            .arm = InstanceArm::stable,
                            .rollout = "r2",
                            .process = {.pid = 4242, .started = 987654, .boot = "b"},
                            .port = 20000,
                            .started_at = WallTime{std::chrono::seconds(1767323047)},
                            .health_path = "/health",
                            .healthy_within = std::chrono::seconds(30),
                            .stop_signal = 2,
                            .stop_within = std::chrono::seconds(5)});
  file.discarded = {"v3"};
  return file;
}

Result<ReleaseFile> read(const std::string& text) {
  const auto tree = codec::parse_json(text);
  if (!tree) return std::unexpected(tree.error());
  return release_file_from(*tree, "shop");
}

TEST(ReleaseFile, WhatWasWrittenIsReadAgain) {
  const ReleaseFile file = sample();
  const auto again = read(codec::write_json_pretty(to_tree(file, "shop")));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->revisions, file.revisions);
  EXPECT_EQ(again->instances, file.instances);
  EXPECT_EQ(again->discarded, file.discarded);
}

TEST(ReleaseFile, ACutFileIsAnError) {
  const std::string whole = codec::write_json(to_tree(sample(), "shop"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(read(whole.substr(0, size))) << size;
}

// A signal must never go to a process that a damaged file names by chance: it is refused as a
// whole.
TEST(ReleaseFile, WhatNoWriterOfOursLeavesIsAnError) {
  const auto with = [](std::string_view pointer, Tree value) {
    Tree tree = to_tree(sample(), "shop");
    tree.set_at(pointer, std::move(value));
    return release_file_from(tree, "shop").has_value();
  };
  EXPECT_TRUE(with("/instances/0/port", Tree(20001)));
  EXPECT_FALSE(with("/instances/0/port", Tree(0)));
  EXPECT_FALSE(with("/instances/0/port", Tree(65536)));
  for (const int pid : {-1, 0, 1}) EXPECT_FALSE(with("/instances/0/pid", Tree(pid)));
  EXPECT_FALSE(with("/instances/0/pid", Tree("4242")));
  EXPECT_FALSE(with("/instances/0/started", Tree(-1)));
  EXPECT_FALSE(with("/instances/0/stopSignal", Tree(0)));
  EXPECT_FALSE(with("/instances/0/stopSignal", Tree(65)));
  EXPECT_FALSE(with("/instances/0/stopWithin", Tree(-1)));
  EXPECT_FALSE(with("/instances/0/service", Tree("../api")));
  EXPECT_FALSE(with("/instances/0/tag", Tree("a/b")));
  EXPECT_FALSE(with("/instances/0/arm", Tree("baseline")));
  EXPECT_FALSE(with("/instances/0/healthPath", Tree("@evil.example/")));
  EXPECT_FALSE(with("/instances/0/number", Tree(0)));
  EXPECT_FALSE(with("/revisions/0/revision", Tree(2)));
  EXPECT_FALSE(with("/revisions/0/revision", Tree(0)));
  EXPECT_FALSE(with("/revisions/0/state", Tree("deployed")));
  EXPECT_FALSE(with("/revisions/0/state", Tree("fine")));
  EXPECT_FALSE(with("/revisions/0/release", Tree::map()));
  EXPECT_FALSE(with("/revisions/0/when", Tree("yesterday")));
  EXPECT_FALSE(with("/discarded", Tree(1)));
  EXPECT_FALSE(with("/release", Tree("other")));
  EXPECT_FALSE(with("/schema", Tree(2)));
}

TEST(ReleaseFile, TwoInstancesOfOneNameAreAnError) {
  ReleaseFile file = sample();
  file.instances.push_back(file.instances.front());
  EXPECT_FALSE(release_file_from(to_tree(file, "shop"), "shop"));
}

TEST(ReleaseFile, OnlyOneRevisionIsDeployed) {
  ReleaseFile file = sample();
  file.deploy(1);
  EXPECT_EQ(file.deployed()->revision, 1);
  EXPECT_EQ(file.find(2)->state, RevisionState::superseded);
  EXPECT_EQ(file.find(3), nullptr);
}

}  // namespace
}  // namespace kai::edges
