#include "core/judge/found_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace kai::core {
namespace {

// Each run finds what is above its own threshold, spread evenly up to 10 points.
double threshold_of(std::uint64_t seed) { return 0.1 * static_cast<double>(seed >> 11U) * 0x1p-53; }

TEST(FoundSearch, FindsTheQuantileOfWhatTheRunsFind) {
  FoundSearch search(
      [](std::uint64_t seed, double difference) { return difference >= threshold_of(seed); }, 0.01,
      1500);
  std::vector<double> thresholds;
  for (const std::uint64_t seed : simulation_seeds(1500)) thresholds.push_back(threshold_of(seed));
  std::ranges::sort(thresholds);
  // 13 halvings of ln(99000) leave 0.14 %.
  EXPECT_NEAR(search.smallest(0.80).value(), thresholds[1199], 0.0015 * thresholds[1199]);
  EXPECT_NEAR(search.smallest(0.95).value(), thresholds[1424], 0.0015 * thresholds[1424]);
}

TEST(FoundSearch, WhatIsNeverFoundIsNoNumber) {
  FoundSearch search([](std::uint64_t, double) { return false; }, 0.01, 100);
  EXPECT_FALSE(search.smallest(0.80).has_value());
}

TEST(FoundSearch, NoRunIsSimulatedWhereItIsKnown) {
  std::set<std::pair<std::uint64_t, double>> seen;
  std::size_t calls = 0;
  FoundSearch search(
      [&](std::uint64_t seed, double difference) {
        ++calls;
        EXPECT_TRUE(seen.emplace(seed, difference).second) << "twice the same";
        return difference >= threshold_of(seed);
      },
      0.01, 1500);
  const double first = search.smallest(0.80).value();
  EXPECT_LT(calls, 13 * 1500 / 2);
  calls = 0;
  EXPECT_EQ(search.smallest(0.80).value(), first);
  EXPECT_EQ(calls, 0U);
}

TEST(FoundSearch, LooksNoLongerThanTheAnswerIsOpen) {
  EXPECT_EQ(is_reached(0.80, 1200, 1200, 1500), true) << "the rest cannot change it";
  EXPECT_EQ(is_reached(0.80, 1199, 1500, 1500), false);
  EXPECT_EQ(is_reached(0.80, 1199, 1499, 1500), std::nullopt);
  EXPECT_EQ(is_reached(0.80, 0, 5, 1500), std::nullopt) << "five are chance";
  EXPECT_EQ(is_reached(0.80, 0, 30, 1500), false) << "thirty are not";
  EXPECT_EQ(is_reached(0.80, 200, 200, 1500), true);
}

}  // namespace
}  // namespace kai::core
