#include "base/time.h"

#include <gtest/gtest.h>

namespace kai {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Time, DurationsAreReadInGoStyle) {
  EXPECT_EQ(parse_duration("90s", minutes(1)), seconds(90));
  EXPECT_EQ(parse_duration("1h30m", minutes(1)), minutes(90));
  EXPECT_EQ(parse_duration("500ms", minutes(1)), milliseconds(500));
  EXPECT_EQ(parse_duration("1.5m", seconds(1)), seconds(90));
}

TEST(Time, ABareNumberMeansTheGivenUnit) {
  EXPECT_EQ(parse_duration("10", minutes(1)), minutes(10));
  EXPECT_EQ(parse_duration("0.5", minutes(1)), seconds(30));
}

TEST(Time, WhatIsNoDurationIsRefused) {
  for (const char* text :
       {"", "abc", "-5", "5x", "m", "1e3", "nan", "inf", "10 m", "5m3", "99999999h"}) {
    EXPECT_FALSE(parse_duration(text, minutes(1))) << text;
  }
}

TEST(Time, DurationsAreShownInTheUnitsPeopleRead) {
  EXPECT_EQ(format_duration(milliseconds(850)), "850ms");
  EXPECT_EQ(format_duration(milliseconds(1500)), "1.5s");
  EXPECT_EQ(format_duration(seconds(45)), "45s");
  EXPECT_EQ(format_duration(seconds(725)), "12m05s");
  EXPECT_EQ(format_duration(minutes(62)), "1h02m");
  EXPECT_EQ(format_duration(seconds(-3)), "0s");
}

TEST(Time, WallTimeIsWrittenAndReadAsRfc3339) {
  const auto time = parse_wall_time("2026-01-02T03:04:05.678Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(format_wall_time(*time), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(parse_wall_time("2026-01-02T04:04:05.678+01:00"), time);
  EXPECT_EQ(parse_wall_time("2026-01-02T03:04:05.678901234Z")->since_epoch - time->since_epoch,
            std::chrono::nanoseconds(901234));
}

TEST(Time, WhatIsNoWallTimeIsRefused) {
  for (const char* text :
       {"", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00Zjunk"}) {
    EXPECT_FALSE(parse_wall_time(text)) << text;
  }
}

}  // namespace
}  // namespace kai
