#include "examples/shop/tally.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace shop {
namespace {

using std::chrono::milliseconds;

TEST(TallyTest, CountsFailuresApartFromServerErrors) {
  Tally tally;
  for (int count = 0; count < 5; ++count) {
    tally.sent(milliseconds(count));
  }
  tally.answered({"api-server", "v1", 200}, milliseconds(3));
  tally.answered({"", "", 503}, milliseconds(1));
  tally.failed(Failure::reset);
  tally.failed(Failure::timeout);
  EXPECT_EQ(tally.in_flight(), 1U);
  EXPECT_EQ(tally.json({.unix_seconds = 1.5, .elapsed = milliseconds(20)}),
            R"({"at":1.500,"elapsed_ms":20,"sent":5,"answered":2,"in_flight":1,)"
            R"("failures":{"connect":0,"reset":1,"timeout":1},"status_5xx":1,)"
            R"("behind_schedule_ms_max":4,"answers":[)"
            R"({"service":"","version":"","status":503,"count":1},)"
            R"({"service":"api-server","version":"v1","status":200,"count":1}]})");
}

TEST(TallyTest, PercentilesAreNearestRank) {
  Tally tally;
  for (int latency_ms = 1; latency_ms <= 100; ++latency_ms) {
    tally.sent(milliseconds(0));
    tally.answered({"api-server", "v1", 200}, milliseconds(latency_ms));
  }
  const std::string line = tally.json({.final_line = true});
  EXPECT_NE(line.find(R"("latency_ms":{"p50":50,"p95":95,"p99":99,"max":100})"), std::string::npos)
      << line;
}

TEST(TallyTest, ForeignHeadersCannotBreakTheLine) {
  Tally tally;
  tally.sent(milliseconds(0));
  tally.answered({"a\"b\\c\n", "v1", 200}, milliseconds(1));
  EXPECT_NE(tally.json({}).find(R"("service":"a?b?c?")"), std::string::npos);
}

}  // namespace
}  // namespace shop
