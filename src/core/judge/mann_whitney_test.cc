#include "core/judge/mann_whitney.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

constexpr double z_of_98_percent = 2.3263478740408408;

TEST(MannWhitney, EqualValuesHaveNoAnswer) {
  const std::array<double, 3> same = {2, 2, 2};
  EXPECT_FALSE(mann_whitney_z(same, same, 0).has_value());
}

TEST(MannWhitney, AShiftMovesTheIntervalWithIt) {
  fakes::Traffic traffic(1);
  std::vector<double> x, y, moved;
  for (int i = 0; i < 20; ++i) {
    x.push_back(10 + traffic.normal());
    y.push_back(10 + traffic.normal());
    moved.push_back(x.back() + 5);
  }
  const auto here = mann_whitney_interval(x, y, z_of_98_percent).value();
  const auto there = mann_whitney_interval(moved, y, z_of_98_percent).value();
  EXPECT_NEAR(there.low, here.low + 5, 2e-4);
  EXPECT_NEAR(there.high, here.high + 5, 2e-4);
  EXPECT_NEAR(there.estimate, here.estimate + 5, 2e-4);
  EXPECT_LE(here.low, here.estimate);
  EXPECT_LE(here.estimate, here.high);
}

// Not a virtue: what users of Kayenta know. Shares as fractions instead of percent blind it.
TEST(MannWhitney, ValuesBelowAThousandthAreNotSeen) {
  const auto caught = [](double size) {
    fakes::Traffic traffic(7);
    int high = 0;
    for (int run = 0; run < 200; ++run) {
      std::vector<double> x, y;
      for (int i = 0; i < 20; ++i) {
        x.push_back(1.5 * size * (1 + 0.2 * traffic.normal()));
        y.push_back(size * (1 + 0.2 * traffic.normal()));
      }
      const auto interval = mann_whitney_interval(x, y, z_of_98_percent).value();
      if (interval.low > 0.25 * std::abs(interval.estimate)) ++high;
    }
    return high;
  };
  EXPECT_GE(caught(1), 190);
  EXPECT_LE(caught(3e-5), 4);
}

}  // namespace
}  // namespace kai::core
