#include "edges/prometheus/prom_calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace kai::edges {
namespace {

using std::chrono::seconds;

const PromPodLabel by_pod{.name = "pod"};

PromFamily family() {
  return {.requests = "http_requests_total",
          .status_label = "code",
          .histogram = "seconds_bucket",
          .unit_seconds = 1,
          .edges = {0.1, 0.5, 1.0}};
}

ports::PodTarget pod(const std::string& name) {
  return {.service = 0, .arm = core::Arm::baseline, .name = name, .address = "", .started_at = {}};
}

// Values of a sum from moment `first` on, 5 s apart.
PromSeries sum(const std::string& name, const std::string& label, const std::string& value,
               const std::vector<double>& values, int first = 0) {
  PromSeries series{.labels = {{label, value}, {"pod", name}}, .samples = {}};
  std::ranges::sort(series.labels);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto moment = first + static_cast<int>(i);
    series.samples.push_back({.at = WallTime{seconds(1000 + 5 * moment)}, .value = values[i]});
  }
  return series;
}

// So many moments of a counter that grows evenly.
std::vector<double> growing(double by, int moments, double from = 0) {
  std::vector<double> values;
  for (int i = 0; i < moments; ++i) values.push_back(from + by * i);
  return values;
}

ports::Calibration calibrated(const std::vector<std::string>& names, const PromHistory& history,
                              std::optional<Duration> latency_max = {}) {
  std::vector<ports::PodTarget> pods;
  for (const std::string& name : names) pods.push_back(pod(name));
  return calibrate(family(), by_pod, pods, history, latency_max);
}

PromHistory quiet_history(int moments = 100) {
  PromHistory history{.requests = {}, .buckets = {}, .step = seconds(5)};
  for (const char* name : {"a", "b", "c"}) {
    history.requests.push_back(sum(name, "code", "200", growing(99, moments, 5000)));
    history.requests.push_back(sum(name, "code", "500", growing(1, moments, 50)));
  }
  return history;
}

TEST(PromCalibration, PodsThatDoTheSameScatterNoMoreThanChance) {
  const auto learned = calibrated({"a", "b", "c"}, quiet_history());
  EXPECT_EQ(learned.pods, 3U);
  EXPECT_EQ(learned.history, seconds(99 * 5));
  EXPECT_NEAR(learned.requests_per_second, 20, 1e-9);
  EXPECT_NEAR(learned.error_share, 0.01, 1e-9);
  ASSERT_GT(learned.errors.size(), 3U);
  for (const auto& point : learned.errors) EXPECT_EQ(point.dispersion, 1);
}

TEST(PromCalibration, APodThatFailsMoreThanTheOthersIsScatter) {
  PromHistory history = quiet_history();
  history.requests.back() = sum("c", "code", "500", growing(30, 100));
  const auto learned = calibrated({"a", "b", "c"}, history);
  EXPECT_GT(learned.errors.front().dispersion, 2);
  EXPECT_GT(learned.errors.back().dispersion, learned.errors.front().dispersion);
}

TEST(PromCalibration, ARestartOrAGapIsNoErrorOfThePod) {
  PromHistory history = quiet_history();
  // Pod c starts anew in the middle, and is not scraped for a while afterwards.
  auto& requests = history.requests[4].samples;
  auto& errors = history.requests[5].samples;
  for (std::size_t i = 50; i < 100; ++i) {
    requests[i].value = 99.0 * static_cast<double>(i - 50);
    errors[i].value = static_cast<double>(i - 50);
  }
  requests.erase(requests.begin() + 60, requests.begin() + 70);
  errors.erase(errors.begin() + 60, errors.begin() + 70);
  const auto learned = calibrated({"a", "b", "c"}, history);
  EXPECT_NEAR(learned.requests_per_second, 20, 1e-9);
  EXPECT_NEAR(learned.error_share, 0.01, 1e-9);
}

TEST(PromCalibration, TheFirstErrorOfAPodCounts) {
  PromHistory history = quiet_history();
  history.requests.pop_back();  // pod c has had no error so far
  history.requests.push_back(sum("c", "code", "503", growing(0, 40, 7), 60));
  const auto learned = calibrated({"a", "b", "c"}, history);
  EXPECT_NEAR(learned.error_share * 3 * 99 * 99, 2 * 99 + 7, 15);
}

TEST(PromCalibration, WithoutReplicasTwiceTheScatterIsAssumed) {
  PromHistory history{
      .requests = {sum("a", "code", "200", growing(100, 100))}, .buckets = {}, .step = seconds(5)};
  EXPECT_EQ(calibrated({"a"}, history).errors.front().dispersion, 2);
  EXPECT_EQ(calibrated({"a", "b", "c"}, {.requests = {}, .buckets = {}, .step = seconds(5)}).errors,
            (std::vector<core::DispersionPoint>{{.intervals = 1, .dispersion = 2}}));
}

// Counters of weeks must not pass for those of one interval, where the histogram's answer begins
// later.
TEST(PromCalibration, WhatWasServedBeforeTheHistogramsAnswerIsNotCounted) {
  PromHistory history = quiet_history();
  for (const char* name : {"a", "b", "c"}) {
    history.buckets.push_back(sum(name, "le", "0.1", growing(50, 60, 10e6), 40));
    history.buckets.push_back(sum(name, "le", "0.5", growing(100, 60, 10e6), 40));
    history.buckets.push_back(sum(name, "le", "+Inf", growing(100, 60, 10e6), 40));
  }
  const auto learned = calibrated({"a", "b", "c"}, history);
  ASSERT_EQ(learned.edges.size(), 1U);
  EXPECT_EQ(learned.edges[0].edge, 0U);
}

// Fresh pods, or idle ones, look like pods that never differ.
TEST(PromCalibration, PodsWithoutCountsBesideOthersTellNothing) {
  PromHistory history = quiet_history();
  const auto known = calibrated({"a", "b", "c"}, history);
  const auto with_fresh = calibrated({"a", "b", "c", "fresh", "idle"}, history);
  EXPECT_EQ(with_fresh.pods, 3U);
  EXPECT_EQ(with_fresh.errors, known.errors);
  const auto alone = calibrated({"a", "fresh", "idle"}, history);
  EXPECT_EQ(alone.pods, 0U);
  EXPECT_EQ(alone.errors, (std::vector<core::DispersionPoint>{{.intervals = 1, .dispersion = 2}}));
  const auto two = calibrated({"a", "b", "fresh"}, history);
  EXPECT_EQ(two.pods, 2U);
  EXPECT_EQ(two.errors.front().dispersion, 2);
}

TEST(PromCalibration, EdgesAreChosenByWhatStableServed) {
  PromHistory history = quiet_history();
  for (const char* name : {"a", "b", "c"}) {
    history.buckets.push_back(sum(name, "le", "0.1", growing(50, 100)));
    history.buckets.push_back(sum(name, "le", "0.5", growing(98, 100)));
    history.buckets.push_back(sum(name, "le", "1.0", growing(100, 100)));
    history.buckets.push_back(sum(name, "le", "+Inf", growing(100, 100)));
  }
  const auto learned = calibrated({"a", "b", "c"}, history);
  ASSERT_EQ(learned.edges.size(), 2U);  // half are slower than 0.1 s, one in fifty than 0.5 s
  EXPECT_EQ(learned.edges[0].edge, 0U);
  EXPECT_EQ(learned.edges[1].edge, 1U);
  for (const auto& edge : learned.edges) EXPECT_FALSE(edge.points.empty());
  // The limit's own edge is judged, too, though nobody was slower than it.
  const auto limited = calibrated({"a", "b", "c"}, history, std::chrono::milliseconds(900));
  ASSERT_EQ(limited.edges.size(), 3U);
  EXPECT_EQ(limited.edges[2].edge, 2U);
}

}  // namespace
}  // namespace kai::edges
