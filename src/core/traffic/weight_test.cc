#include "core/traffic/weight.h"

#include <gtest/gtest.h>

#include "base/check.h"

namespace kai::core {
namespace {

TEST(Weight, PercentIsReadToTheHundredth) {
  EXPECT_EQ(Weight::from_percent("10")->hundredths(), 1000);
  EXPECT_EQ(Weight::from_percent("10%")->hundredths(), 1000);
  EXPECT_EQ(Weight::from_percent("0.5")->hundredths(), 50);
  EXPECT_EQ(Weight::from_percent("33.33%")->hundredths(), 3333);
  EXPECT_EQ(Weight::from_percent("100")->hundredths(), 10'000);
}

TEST(Weight, WhatIsNoPercentIsRefused) {
  for (const char* text : {"", "%", "-1", "+1", "100.01", "101", "1e1", "0x1", " 5", "5 %", "1.234",
                           ".", "1.", "nan"}) {
    EXPECT_FALSE(Weight::from_percent(text)) << text;
  }
}

TEST(Weight, TextDropsWhatSaysNothing) {
  EXPECT_EQ(format_weight(Weight::from_hundredths(1000)), "10%");
  EXPECT_EQ(format_weight(Weight::from_hundredths(50)), "0.5%");
  EXPECT_EQ(format_weight(Weight::from_hundredths(3333)), "33.33%");
  EXPECT_EQ(format_weight(Weight::zero()), "0%");
}

TEST(Weight, EveryWeightIsReadBackFromItsText) {
  for (int hundredths = 0; hundredths <= Weight::hundredths_max; ++hundredths) {
    const Weight weight = Weight::from_hundredths(hundredths);
    ASSERT_EQ(Weight::from_percent(format_weight(weight)), weight);
  }
}

TEST(Weight, OutOfRangeIsABug) {
  EXPECT_THROW(static_cast<void>(Weight::from_hundredths(-1)), Bug);
  EXPECT_THROW(static_cast<void>(Weight::from_hundredths(10'001)), Bug);
}

}  // namespace
}  // namespace kai::core
