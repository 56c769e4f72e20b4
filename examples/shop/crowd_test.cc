#include "examples/shop/crowd.h"

#include <chrono>

#include <gtest/gtest.h>

#include "examples/shop/tally.h"

namespace shop {
namespace {

TEST(Crowd, EndsAlthoughAReportIsDueInTheSameMoment) {
  const CrowdSettings settings{
      .address = "127.0.0.1",
      .port = 1,  // nobody is there
      .host = "shop.test",
      .paths = {"/"},
      .rate = 1000,
      .duration = std::chrono::milliseconds(10),
      .timeout = std::chrono::milliseconds(1000),
      .report_interval = std::chrono::milliseconds(0),  // one is always due
      .connections_max = 4};
  int final_lines = 0;
  send_crowd(settings, [&](const Tally& tally, const Tally::Moment& moment) {
    if (!moment.final_line) return;
    final_lines += 1;
    EXPECT_EQ(tally.in_flight(), 0U);
  });
  EXPECT_EQ(final_lines, 1);
}

}  // namespace
}  // namespace shop
