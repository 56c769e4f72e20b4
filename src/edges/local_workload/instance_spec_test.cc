#include "edges/local_workload/instance_spec.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

const Placeholders values{.tag = "v1", .port = 20001, .number = 2};

TEST(InstanceSpec, TheThreeNamesAreReplacedWhereverTheyStand) {
  EXPECT_EQ(fill_in("./releases/{tag}/api", values), "./releases/v1/api");
  EXPECT_EQ(fill_in("{port}{port}-{instance}", values), "2000120001-2");
  EXPECT_EQ(fill_in("", values), "");
}

TEST(InstanceSpec, OtherBracesStayAndNothingIsReplacedTwice) {
  EXPECT_EQ(fill_in("{", values), "{");
  EXPECT_EQ(fill_in("{tag", values), "{tag");
  EXPECT_EQ(fill_in("{{tag}}", values), "{v1}");
  EXPECT_EQ(fill_in("{other} $HOME `id`", values), "{other} $HOME `id`");
  EXPECT_EQ(fill_in("{tag}", {.tag = "{port}", .port = 1, .number = 1}), "{port}");
}

TEST(InstanceSpec, AServicesOwnVariablesWin) {
  const core::LocalService service{.run = {"./api", "--at={port}"},
                                   .environment = {{"PATH", "/own"}, {"NAME", "api-{instance}"}}};
  const os::LastingSpec spec =
      spec_of(service, "/srv", values, {{"PATH", "/bin"}, {"HOME", "/root"}});
  EXPECT_EQ(spec.argv, (std::vector<std::string>{"./api", "--at=20001"}));
  EXPECT_EQ(spec.environment, (std::map<std::string, std::string>{
                                  {"HOME", "/root"}, {"NAME", "api-2"}, {"PATH", "/own"}}));
  EXPECT_EQ(spec.directory, "/srv");
}

TEST(InstanceSpec, AWeightNeedsItsShareAndAtLeastOne) {
  const auto count = [](int hundredths, std::uint32_t stable, std::uint32_t fixed = 0) {
    return canary_instances_for(core::Weight::from_hundredths(hundredths), stable, fixed);
  };
  EXPECT_EQ(count(0, 4), 1U);
  EXPECT_EQ(count(100, 1), 1U);
  EXPECT_EQ(count(2500, 4), 1U);
  EXPECT_EQ(count(2501, 4), 2U);
  EXPECT_EQ(count(10'000, 64), 64U);
  EXPECT_EQ(count(100, 64, 3), 3U);
}

TEST(InstanceSpec, FewerThanWantedCarryWhatTheyCanAndNoneCarriesNothing) {
  EXPECT_EQ(weight_for_instances(0, 2, 4), core::Weight::zero());
  EXPECT_EQ(weight_for_instances(1, 2, 4), core::Weight::from_hundredths(2500));
  EXPECT_EQ(weight_for_instances(2, 2, 4), core::Weight::full());
  EXPECT_EQ(weight_for_instances(3, 5, 2), core::Weight::full());
  EXPECT_EQ(weight_for_instances(1, 2, 0), core::Weight::full());
}

}  // namespace
}  // namespace kai::edges
