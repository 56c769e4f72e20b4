#include "edges/helm/chart_values.h"

#include <gtest/gtest.h>

#include <optional>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

Tree json(const char* text) { return *codec::parse_json(text); }

TEST(ChartValues, MapsMergeEverythingElseIsReplacedNullRemoves) {
  const Tree under = json(R"({"a":{"x":1,"y":2},"list":[1,2],"gone":1,"kept":1})");
  const Tree over = json(R"({"a":{"y":3,"z":4},"list":[9],"gone":null,"new":{"n":null}})");
  EXPECT_EQ(merge_values(under, over),
            json(R"({"a":{"x":1,"y":3,"z":4},"list":[9],"kept":1,"new":{"n":null}})"));
  EXPECT_EQ(merge_values(json("1"), json(R"({"a":1})")), json(R"({"a":1})"));
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;

  Result<Tree> values(const core::ChartInputs& inputs) {
    const Helm helm{.process = process,
                    .disk = disk,
                    .steady = timers.clock(),
                    .timers = timers,
                    .binary = "helm"};
    std::optional<Result<Tree>> answer;
    chart_values(helm, inputs, [&](Result<Tree> got) { answer.emplace(std::move(got)); });
    EXPECT_FALSE(answer);
    timers.settle();
    return answer ? std::move(*answer) : fail(ErrorKind::unavailable, "no answer");
  }
};

TEST(ChartValues, DirectoryIsReadWithTheEnvironmentAndTheFilesOverIt) {
  World world;
  world.disk.files = {{"/c/values.yaml", "canary: {weight: 1, time: 2}\n"},
                      {"/c/values-prod.yaml", "canary:\n  weight: 5\n"},
                      {"/more.yaml", "\ncanary: {time: 7}\n"}};
  const auto values = world.values(
      {.chart = "/c", .environment = "prod", .values = {{.text = "/more.yaml"}}, .tag = "v2"});
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(*values, json(R"({"canary":{"weight":5,"time":7}})"));
  EXPECT_EQ(values->at("/canary/weight")->line(), 2U)
      << "the line of the file that had the last word";
  EXPECT_TRUE(world.process.log().empty());
}

TEST(ChartValues, ChartWithoutValuesHasNone) {
  World world;
  world.disk.files["/c/Chart.yaml"] = "x";
  EXPECT_EQ(world.values({.chart = "/c"}), Tree::map());
}

TEST(ChartValues, BrokenFileIsNamedWithItsLine) {
  World world;
  world.disk.files["/c/values.yaml"] = "a: 1\nb: [\n";
  const auto values = world.values({.chart = "/c"});
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().kind, ErrorKind::rejected);
  EXPECT_TRUE(values.error().message.starts_with("values '/c/values.yaml': line "))
      << values.error().message;
  world.disk.files["/c/values.yaml"] = "- a\n";
  EXPECT_EQ(world.values({.chart = "/c"}).error().message,
            "values '/c/values.yaml': not a map of values");
}

TEST(ChartValues, ArchiveIsAskedFromHelm) {
  World world;
  world.process.on({"helm", "show", "values"}).exit(0, "canary: {weight: 3}\n");
  EXPECT_EQ(world.values({.chart = "oci://r/kai", .chart_version = "1"}),
            json(R"({"canary":{"weight":3}})"));
  EXPECT_EQ(world.process.log()[0], "helm show values --version=1 -- oci://r/kai");
}

}  // namespace
}  // namespace kai::edges
