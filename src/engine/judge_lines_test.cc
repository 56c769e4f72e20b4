#include "engine/judge_lines.h"

#include <gtest/gtest.h>

namespace kai::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

core::Plan ten_minutes_at_ten_percent() {
  core::Plan plan;
  plan.limits.judge = core::JudgeRule::sequential;
  plan.steps = {{core::Weight::from_hundredths(1000), minutes(10)}};
  return plan;
}

ServiceTraffic busy() {
  return {.name = "api-server",
          .stable_pods = 4,
          .calibration = {.errors = {{.intervals = 1, .dispersion = 1}},
                          .requests_per_second = 50,
                          .error_share = 0.01}};
}

TEST(JudgeLines, TheThresholdPromisesNothing) {
  core::Plan plan = ten_minutes_at_ten_percent();
  plan.limits.judge = core::JudgeRule::threshold;
  EXPECT_TRUE(judge_lines(plan, seconds(15), {busy()}).empty());
}

TEST(JudgeLines, SaysHowItLooksAndWhatTheTrafficCanReveal) {
  const auto lines = judge_lines(ten_minutes_at_ten_percent(), seconds(15), {busy()});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0],
            "sequential: compares the versions every 15s; 3 in a row must agree; tolerated 1.1x + "
            "0.1pp; a version that is no worse is rolled back in at most 1 of 100 rollouts");
  // By the formula; simulated rollouts with the judge itself find 0.48 points in 80 of 100.
  EXPECT_EQ(
      lines[1].substr(0, lines[1].find(';')),
      "api-server: 200.0 requests/s, 1.0% errors: 10m00s can reveal about +0.56pp or worse, in 80 "
      "of 100 rollouts");
}

TEST(JudgeLines, PodsThatDifferHideMore) {
  ServiceTraffic uneven = busy();
  uneven.calibration.errors = {{.intervals = 1, .dispersion = 4}};
  const auto lines = judge_lines(ten_minutes_at_ten_percent(), seconds(15), {uneven});
  EXPECT_EQ(lines[1].find("+0.56pp"), std::string::npos) << lines[1];
}

TEST(JudgeLines, StableWithoutErrorsRevealsMoreNotNothing) {
  ServiceTraffic flawless = busy();
  flawless.calibration.error_share = 0;
  const auto lines = judge_lines(ten_minutes_at_ten_percent(), seconds(15), {flawless});
  EXPECT_NE(lines[1].find("0% errors: 10m00s can reveal about +0."), std::string::npos) << lines[1];
}

TEST(JudgeLines, UnknownTrafficIsSaidToBeUnknown) {
  const auto lines =
      judge_lines(ten_minutes_at_ten_percent(), seconds(15), {{.name = "api", .calibration = {}}});
  EXPECT_EQ(lines[1], "api: its traffic is unknown, and so is what can be seen");
}

TEST(JudgeLines, HardlyAnyTrafficRevealsNothing) {
  ServiceTraffic idle = busy();
  idle.calibration.requests_per_second = 0.0001;
  const auto lines = judge_lines(ten_minutes_at_ten_percent(), seconds(15), {idle});
  EXPECT_NE(lines[1].find("reveal nothing"), std::string::npos) << lines[1];
}

}  // namespace
}  // namespace kai::engine
