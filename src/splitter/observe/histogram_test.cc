#include "splitter/observe/histogram.h"

#include <bit>
#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kai::splitter {
namespace {

RC_GTEST_PROP(Histogram, IndexesRiseAndBucketsAreNarrow, (std::uint64_t value)) {
  const std::uint64_t small = value % (std::uint64_t{1} << 35);
  const std::size_t index = Histogram::index_of(small);
  RC_ASSERT(index < Histogram::buckets);
  RC_ASSERT(Histogram::index_of(small + 1) >= index);
  if (small >= 16 && index < Histogram::buckets - 1) {
    const auto exponent = static_cast<unsigned>(std::bit_width(small)) - 5;
    RC_ASSERT((std::uint64_t{1} << exponent) * 16 <= small);  // width at most a sixteenth
  }
}

TEST(Histogram, PowersOfTwoAreBordersOfBuckets) {
  for (unsigned power = 0; power <= 34; ++power) {
    const std::uint64_t border = std::uint64_t{1} << power;
    EXPECT_EQ(Histogram::index_of(border), Histogram::buckets_below(power));
    EXPECT_LT(Histogram::index_of(border - 1), Histogram::buckets_below(power)) << power;
  }
}

TEST(Histogram, WhatIsTooLargeGoesIntoTheLastBucket) {
  Histogram histogram;
  histogram.add(~std::uint64_t{0});
  EXPECT_EQ(histogram.count(Histogram::buckets - 1), 1U);
}

}  // namespace
}  // namespace kai::splitter
