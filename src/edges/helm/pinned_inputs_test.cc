#include "edges/helm/pinned_inputs.h"

#include <gtest/gtest.h>

#include <optional>

#include "codec/json.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/fake_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::edges {
namespace {

using Kind = core::ValueInput::Kind;

struct World {
  fakes::FakeTimers timers;
  fakes::FakeProcess process{timers};
  fakes::FakeDisk disk;

  Helm helm() {
    return {.process = process,
            .disk = disk,
            .steady = timers.clock(),
            .timers = timers,
            .binary = "helm",
            .environment = {{"PATH", "/bin"}}};
  }
  // `helm package` and `helm pull` leave this archive in the directory they are told.
  void leave_archive(const std::string& bytes) {
    for (const char* const verb : {"package", "pull"}) {
      process.on({"helm", verb})
          .handle([this, bytes](const os::ProcessSpec& spec) -> Result<os::ProcessResult> {
            disk.files[spec.argv[2].substr(std::string("--destination=").size()) + "/kai-1.tgz"] =
                bytes;
            return os::ProcessResult{};
          });
    }
  }
  Result<PinnedInputs> pin(const core::ChartInputs& inputs) {
    std::optional<Result<PinnedInputs>> answer;
    pin_inputs(helm(), inputs,
               [&](Result<PinnedInputs> pinned) { answer.emplace(std::move(pinned)); });
    EXPECT_FALSE(answer) << "a reply never comes before the asking call returned";
    timers.settle();
    EXPECT_TRUE(answer);
    return answer ? std::move(*answer) : fail(ErrorKind::unavailable, "no answer");
  }
};

TEST(PinnedInputs, DirectoryIsPackagedOnceAndItsPlaceIsGone) {
  World world;
  world.disk.files["/charts/kai/Chart.yaml"] = "name: kai";
  world.leave_archive("ARCHIVE");
  const auto pinned = world.pin({.chart = "/charts/kai"});
  ASSERT_TRUE(pinned) << pinned.error().message;
  EXPECT_EQ(pinned->chart, "ARCHIVE");
  EXPECT_EQ(world.process.log().size(), 1U);
  EXPECT_TRUE(world.disk.private_directories().empty());
}

TEST(PinnedInputs, ArchiveIsReadWithoutHelm) {
  World world;
  world.disk.files["/charts/kai.tgz"] = "ARCHIVE";
  const auto pinned = world.pin({.chart = "/charts/kai.tgz"});
  ASSERT_TRUE(pinned) << pinned.error().message;
  EXPECT_EQ(pinned->chart, "ARCHIVE");
  EXPECT_TRUE(world.process.log().empty());
}

TEST(PinnedInputs, ReferenceIsPulledInItsVersion) {
  World world;
  world.leave_archive("ARCHIVE");
  const auto pinned = world.pin({.chart = "oci://registry/kai", .chart_version = "1.2.3"});
  ASSERT_TRUE(pinned) << pinned.error().message;
  EXPECT_EQ(pinned->chart, "ARCHIVE");
  EXPECT_NE(world.process.log()[0].find("--version=1.2.3 -- oci://registry/kai"),
            std::string::npos);
}

TEST(PinnedInputs, MistypedPathIsNotLookedUpInARepository) {
  World world;
  const auto pinned = world.pin({.chart = "./charts/kia"});
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().kind, ErrorKind::rejected);
  EXPECT_EQ(pinned.error().message, "there is no chart at './charts/kia'; name it with --chart");
  EXPECT_TRUE(world.process.log().empty());
}

TEST(PinnedInputs, ComplaintOfHelmIsPassedOn) {
  World world;
  world.disk.files["/charts/kai/Chart.yaml"] = "x";
  world.process.on({"helm", "package"})
      .exit(1, "", "Error: found in Chart.yaml, but missing in charts/ directory: redis\n");
  const auto pinned = world.pin({.chart = "/charts/kai"});
  ASSERT_FALSE(pinned);
  EXPECT_EQ(
      pinned.error().message,
      "chart '/charts/kai': Error: found in Chart.yaml, but missing in charts/ directory: redis");
  EXPECT_TRUE(world.disk.private_directories().empty());
}

TEST(PinnedInputs, MissingHelmIsNamed) {
  World world;
  world.disk.files["/charts/kai/Chart.yaml"] = "x";
  world.process.on({"helm"}).fail(ErrorKind::rejected, "no program 'helm' in PATH");
  EXPECT_EQ(world.pin({.chart = "/charts/kai"}).error().message,
            "chart '/charts/kai': no program 'helm' in PATH");
}

TEST(PinnedInputs, EnvironmentComesFirstAndTheTagHasTheLastWord) {
  fakes::FakeDisk disk;
  disk.files["/c/values-production.yaml"] = "a: 1";
  disk.files["/more.yaml"] = "b: 2";
  const auto values = pin_values(disk, {.chart = "/c/",
                                        .environment = "production",
                                        .values = {{.kind = Kind::set, .text = "x=1"},
                                                   {.kind = Kind::file, .text = "/more.yaml"}},
                                        .tag = "1.20",
                                        .tag_keys = {"global.image.tag", "web.tag"},
                                        .registry = "host:5000",
                                        .registry_keys = {"global.registry.url"}});
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(*values,
            (std::vector<PinnedValue>{
                {.kind = Kind::file, .text = "a: 1", .origin = "/c/values-production.yaml"},
                {.kind = Kind::set, .text = "x=1"},
                {.kind = Kind::file, .text = "b: 2", .origin = "/more.yaml"},
                {.kind = Kind::set_string, .text = "global.registry.url=host:5000"},
                {.kind = Kind::set_string, .text = "global.image.tag=1.20"},
                {.kind = Kind::set_string, .text = "web.tag=1.20"}}));
}

TEST(PinnedInputs, MissingFileOfTheEnvironmentIsNamedWithTheWayOut) {
  fakes::FakeDisk disk;
  const auto values = pin_values(disk, {.chart = "/c", .environment = "production"});
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().kind, ErrorKind::rejected);
  EXPECT_EQ(values.error().message,
            "there is no values file '/c/values-production.yaml'; --env=production needs it, or "
            "leave --env out and name the files with -f");
}

TEST(PinnedInputs, FileThatIsTooLongIsRefused) {
  fakes::FakeDisk disk;
  disk.files["/v.yaml"] = std::string(value_file_bytes_max + 1, 'x');
  EXPECT_EQ(pin_values(disk, {.chart = "/c", .values = {{.text = "/v.yaml"}}}).error().kind,
            ErrorKind::rejected);
  disk.files["/v.yaml"].pop_back();
  EXPECT_TRUE(pin_values(disk, {.chart = "/c", .values = {{.text = "/v.yaml"}}}));
}

PinnedInputs small_inputs() {
  return {.chart = "ARCHIVE",
          .chart_origin = "/c",
          .values = {{.kind = Kind::file, .text = "a: 1", .origin = "/v.yaml"},
                     {.kind = Kind::set_string, .text = "t=v2"}}};
}

// Through the text of a record, as another process gets it.
Tree through_record(const Tree& tree) { return *codec::parse_json(codec::write_json(tree)); }

TEST(PinnedInputs, SmallOnesTravelInTheRecord) {
  fakes::FakeDisk disk;
  const PinnedInputs inputs = small_inputs();
  Tree tree;
  {
    const auto written = write_inputs(disk, inputs);
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(disk.files.at(written->chart), "ARCHIVE");
    EXPECT_EQ(disk.files.at(written->values[0].text), "a: 1");
    EXPECT_EQ(written->values[1].text, "t=v2");
    tree = through_record(inputs_to_tree(inputs, *written));
  }
  EXPECT_TRUE(disk.private_directories().empty()) << "the files go with their owner";
  const auto again = inputs_from_tree(disk, tree);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, inputs);
}

TEST(PinnedInputs, LargeOnesLeaveDigestsAndAreCheckedAgainstThem) {
  fakes::FakeDisk disk;
  PinnedInputs inputs = small_inputs();
  inputs.chart = std::string(carried_bytes_max, 'x');
  const auto written = write_inputs(disk, inputs);
  ASSERT_TRUE(written);
  const Tree tree = through_record(inputs_to_tree(inputs, *written));
  EXPECT_EQ(tree.text_at("/chart/bytes"), nullptr);
  EXPECT_EQ(*inputs_from_tree(disk, tree), inputs);
  disk.files[written->chart] += "y";
  EXPECT_NE(inputs_from_tree(disk, tree).error().message.find("not what it was when it was judged"),
            std::string::npos);
  disk.files.erase(written->chart);
  EXPECT_EQ(inputs_from_tree(disk, tree).error().kind, ErrorKind::rejected);
  EXPECT_NE(inputs_from_tree(disk, tree).error().message.find("is gone"), std::string::npos);
}

TEST(PinnedInputs, TheLimitOfTheRecordIsExact) {
  fakes::FakeDisk disk;
  PinnedInputs inputs{.chart = std::string(carried_bytes_max / 4 * 3, 'x')};
  EXPECT_NE(inputs_to_tree(inputs, *write_inputs(disk, inputs)).text_at("/chart/bytes"), nullptr);
  inputs.chart += 'x';
  EXPECT_EQ(inputs_to_tree(inputs, *write_inputs(disk, inputs)).text_at("/chart/bytes"), nullptr);
}

TEST(PinnedInputs, ForeignTreesAreMalformed) {
  fakes::FakeDisk disk;
  for (const char* const json :
       {"null", "{}", R"({"chart":{},"values":[]})", R"({"chart":{"sha256":"x"},"values":[]})",
        R"({"chart":{"sha256":"x","bytes":"eA=="}})"}) {
    const auto inputs = inputs_from_tree(disk, *codec::parse_json(json));
    ASSERT_FALSE(inputs) << json;
    EXPECT_EQ(inputs.error().kind, ErrorKind::malformed) << json;
  }
  EXPECT_EQ(inputs_from_tree(
                disk, *codec::parse_json(R"({"chart":{"sha256":"x","bytes":"eA=="},"values":[]})"))
                .error()
                .kind,
            ErrorKind::rejected);
}

}  // namespace
}  // namespace kai::edges
