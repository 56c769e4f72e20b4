#include "core/backtest/past.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

using std::chrono::seconds;

constexpr WallTime start{seconds(1000)};

PastSlice slice(const std::string& pod, int from, int to, std::uint64_t requests) {
  return {.slice = {.service = 0,
                    .arm = Arm::baseline,
                    .target = pod,
                    .from = start + seconds(from),
                    .to = start + seconds(to),
                    .requests = requests,
                    .errors = 1,
                    .timed = requests,
                    .slower = {2}},
          .version = "api-1"};
}

PastCutter cutter() { return {start, seconds(15)}; }

TEST(PastCutter, ASliceBelongsToTheIntervalThatItEndsIn) {
  PastCutter past = cutter();
  const auto intervals =
      past.cut({slice("a", 0, 15, 10), slice("a", 15, 16, 7)}, start + seconds(30));
  ASSERT_EQ(intervals.size(), 2U);
  ASSERT_EQ(intervals[0].pods.size(), 1U);
  EXPECT_EQ(intervals[0].pods[0].counts.requests, 10U);
  EXPECT_EQ(intervals[0].pods[0].version, "api-1");
  EXPECT_EQ(intervals[1].pods[0].counts.requests, 7U);
}

TEST(PastCutter, SlicesOfOnePodAddUpInsideAnInterval) {
  PastCutter past = cutter();
  const auto intervals = past.cut(
      {slice("a", 0, 5, 10), slice("a", 5, 10, 20), slice("b", 0, 9, 1)}, start + seconds(15));
  ASSERT_EQ(intervals[0].pods.size(), 2U);
  const ArmCounts& a = intervals[0].pods[0].counts;
  EXPECT_EQ(a.requests, 30U);
  EXPECT_EQ(a.errors, 2U);
  EXPECT_EQ(a.slower, std::vector<std::uint64_t>{4});
}

TEST(PastCutter, AnIntervalThatIsNotOverWaitsForTheNextPart) {
  PastCutter past = cutter();
  EXPECT_EQ(past.cut({slice("a", 0, 5, 10)}, start + seconds(10)).size(), 0U);
  const auto intervals = past.cut({slice("a", 5, 12, 5)}, start + seconds(20));
  ASSERT_EQ(intervals.size(), 1U);
  EXPECT_EQ(intervals[0].pods[0].counts.requests, 15U);
}

TEST(PastCutter, IntervalsWithoutSamplesAreThereAndEmpty) {
  PastCutter past = cutter();
  const auto intervals = past.cut({slice("a", 30, 45, 10)}, start + seconds(60));
  ASSERT_EQ(intervals.size(), 4U);
  EXPECT_TRUE(intervals[0].pods.empty());
  EXPECT_EQ(intervals[2].pods.size(), 1U);
}

TEST(PastCutter, WhatCameInAGapIsInNoInterval) {
  PastCutter past = cutter();
  const auto intervals =
      past.cut({slice("a", 0, 45, 10), slice("b", 0, 60, 10)}, start + seconds(60));
  EXPECT_EQ(intervals[2].pods.size(), 1U) << "two missed scrapes are no gap";
  EXPECT_TRUE(intervals[3].pods.empty());
}

TEST(PastCutter, AStragglerIsDropped) {
  PastCutter past = cutter();
  EXPECT_EQ(past.cut({}, start + seconds(30)).size(), 2U);
  EXPECT_TRUE(past.cut({slice("a", 0, 15, 10)}, start + seconds(45))[0].pods.empty());
  EXPECT_EQ(past.cut_until(), start + seconds(45));
}

}  // namespace
}  // namespace kai::core
