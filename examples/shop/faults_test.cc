#include "examples/shop/faults.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace shop {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<Draw> draws(const Faults& faults, seconds since_start) {
  FaultDice dice(faults, 1);
  std::vector<Draw> result;
  result.reserve(10'000);
  for (int count = 0; count < 10'000; ++count) {
    result.push_back(dice.draw(since_start));
  }
  std::ranges::sort(result, {}, &Draw::delay);
  return result;
}

TEST(FaultDiceTest, ErrorShareIsAsAsked) {
  const auto sample = draws({.error_percent = 20}, seconds(0));
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(sample, &Draw::error)), 2000, 200);
  EXPECT_EQ(std::ranges::count_if(draws({}, seconds(0)), &Draw::error), 0);
  EXPECT_EQ(std::ranges::count_if(draws({.error_percent = 100}, seconds(0)), &Draw::error), 10'000);
}

TEST(FaultDiceTest, ShareOfPagesThatNeedTheDependencyIsAsAsked) {
  const auto sample = draws({.needs_percent = 20}, seconds(0));
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(sample, &Draw::needs_dependency)), 2000,
              200);
  EXPECT_EQ(std::ranges::count_if(draws({}, seconds(0)), &Draw::needs_dependency), 0);
}

TEST(FaultDiceTest, P95OfTheLatencyIsAsAsked) {
  const auto sample = draws({.latency_p95_ms = 800}, seconds(0));
  EXPECT_NEAR(static_cast<double>(sample[9500].delay.count()), 800'000, 40'000);
}

TEST(FaultDiceTest, MeanLatencyStaysWithinItsSpread) {
  const auto sample = draws({.latency_mean_ms = 100}, seconds(0));
  EXPECT_GE(sample.front().delay, milliseconds(80));
  EXPECT_LE(sample.back().delay, milliseconds(120));
}

TEST(FaultDiceTest, WarmUpFallsToNothing) {
  const Faults faults{.latency_mean_ms = 0, .warm_up_s = 10, .warm_up_latency_ms = 300};
  EXPECT_EQ(draws(faults, seconds(0)).front().delay, milliseconds(300));
  EXPECT_EQ(draws(faults, seconds(5)).front().delay, milliseconds(150));
  EXPECT_EQ(draws(faults, seconds(10)).front().delay, microseconds(0));
}

}  // namespace
}  // namespace shop
