#include "core/judge/calibration.h"

#include <gtest/gtest.h>

namespace kai::core {
namespace {

const std::vector<double> edges{0.1, 0.5, 1.0};

ArmCounts counts(std::uint64_t requests, std::uint64_t errors) {
  return {.requests = requests,
          .errors = errors,
          .timed = requests,
          .slower = {requests / 2, requests / 50, 0}};
}

TEST(Calibration, OfEvenPodsIsOneAndPicksEdgesThatTellSomething) {
  const PodRows rows(200, {counts(1000, 10), counts(1000, 10), counts(1000, 10)});
  const PodCalibration known = calibrate_pods(rows, edges, std::nullopt);
  EXPECT_EQ(known.pods, 3U);
  EXPECT_EQ(known.errors.front().dispersion, 1);
  ASSERT_EQ(known.edges.size(), 2U) << "nothing is slower than the third";
  EXPECT_EQ(known.edges[0].edge, 0U);
  EXPECT_EQ(known.edges[1].edge, 1U);
}

TEST(Calibration, JudgesTheEdgeOfTheLimitWhateverItsShare) {
  const PodRows rows(200, {counts(1000, 10), counts(1000, 10), counts(1000, 10)});
  const PodCalibration known = calibrate_pods(rows, edges, 0.9);
  ASSERT_EQ(known.edges.size(), 3U);
  EXPECT_EQ(known.edges[2].edge, 2U);
}

TEST(Calibration, SeesThatOnePodIsWorse) {
  const PodRows rows(200, {counts(1000, 50), counts(1000, 1), counts(1000, 1)});
  EXPECT_GT(calibrate_pods(rows, edges, std::nullopt).errors.back().dispersion, 10);
}

TEST(Calibration, OfPodsThatWereNeverThereTogetherIsThatOfNone) {
  PodRows rows(100, {counts(1000, 10), counts(0, 0)});
  rows.insert(rows.end(), 100, {counts(0, 0), counts(1000, 10)});
  const PodCalibration known = calibrate_pods(rows, {}, std::nullopt);
  EXPECT_EQ(known.pods, 0U);
  EXPECT_EQ(known.errors.front().dispersion, 2);
  EXPECT_TRUE(known.edges.empty()) << "no histogram was asked for";
}

TEST(Calibration, WithoutHistoryIsTheCautiousOne) {
  EXPECT_EQ(calibrate_pods({}, edges, std::nullopt).errors.front().dispersion, 2);
}

}  // namespace
}  // namespace kai::core
