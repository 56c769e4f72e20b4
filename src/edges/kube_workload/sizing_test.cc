#include "edges/kube_workload/sizing.h"

#include <gtest/gtest.h>

namespace kai::edges {
namespace {

core::Weight percent(std::string_view text) { return core::Weight::from_percent(text).value(); }

struct SizeCase {
  std::string weight;
  std::uint32_t stable_ready;
  std::uint32_t fixed;
  std::uint32_t pods;
};

class SizingTest : public testing::TestWithParam<SizeCase> {};

TEST_P(SizingTest, PodsForAWeight) {
  const SizeCase& each = GetParam();
  EXPECT_EQ(canary_pods_for(percent(each.weight), each.stable_ready, each.fixed), each.pods)
      << each.weight << " of " << each.stable_ready;
}

INSTANTIATE_TEST_SUITE_P(Table, SizingTest,
                         testing::Values(SizeCase{"0", 10, 0, 1}, SizeCase{"10", 10, 0, 1},
                                         SizeCase{"10", 11, 0, 2}, SizeCase{"0.01", 1, 0, 1},
                                         SizeCase{"50", 2, 0, 1}, SizeCase{"50", 3, 0, 2},
                                         SizeCase{"100", 7, 0, 7}, SizeCase{"33.34", 3, 0, 2},
                                         SizeCase{"33.33", 3, 0, 1}, SizeCase{"10", 0, 0, 1},
                                         SizeCase{"10", 10, 4, 4}, SizeCase{"100", 10, 2, 2},
                                         SizeCase{"100", 4'000'000'000, 0, 4'000'000'000}));

TEST(SizingTest, TheSizeOfAWeightCarriesIt) {
  for (std::int64_t hundredths = 1; hundredths <= core::Weight::hundredths_max; hundredths += 7) {
    const core::Weight weight = core::Weight::from_hundredths(hundredths);
    for (std::uint32_t stable = 1; stable < 12; ++stable) {
      const std::uint32_t pods = canary_pods_for(weight, stable, 0);
      EXPECT_GE(weight_for_pods(pods, pods, stable), weight);
      if (pods == 1) continue;
      EXPECT_LT(weight_for_pods(pods - 1, pods, stable), weight) << hundredths << " of " << stable;
    }
  }
}

TEST(SizingTest, WithoutReadyPodsNothingIsCarried) {
  EXPECT_EQ(weight_for_pods(0, 1, 4), core::Weight::zero());
}

TEST(SizingTest, WhatPodsCoverNeedsNoMoreOfThem) {
  for (std::uint32_t stable = 1; stable < 12; ++stable) {
    for (std::uint32_t pods = 1; pods <= stable + 1; ++pods) {
      const core::Weight covered = covered_by(pods, stable, 0);
      EXPECT_LE(canary_pods_for(covered, stable, 0), pods) << pods << " of " << stable;
      if (covered == core::Weight::full()) continue;
      const core::Weight more = core::Weight::from_hundredths(covered.hundredths() + 1);
      EXPECT_GT(canary_pods_for(more, stable, 0), pods) << pods << " of " << stable;
    }
  }
  EXPECT_EQ(covered_by(1, 10, 3), core::Weight::full()) << "a fixed number is enough by decree";
}

}  // namespace
}  // namespace kai::edges
