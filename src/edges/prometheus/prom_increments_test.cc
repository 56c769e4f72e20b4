#include "edges/prometheus/prom_increments.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace kai::edges {
namespace {

using std::chrono::seconds;

WallTime at(int second) { return {seconds(second)}; }

const PromFamily family{.requests = "http_requests_total",
                        .status_label = "status_code",
                        .histogram = "http_request_duration_seconds_bucket",
                        .unit_seconds = 1,
                        .edges = {0.1, 0.5}};
const PromView view{.first_look = at(0), .scrape_interval = seconds(1)};

ports::PodTarget pod(int started = -100) {
  return {.service = 2,
          .arm = core::Arm::canary,
          .name = "p",
          .address = "",
          .started_at = at(started),
          .ready = true};
}

using Labels = std::vector<std::pair<std::string, std::string>>;
using Samples = std::vector<std::pair<int, double>>;

PromSeries series(Labels labels, const Samples& samples) {
  labels.emplace_back("instance", "10.0.0.1:80");
  std::ranges::sort(labels);
  PromSeries made{.labels = std::move(labels), .samples = {}};
  for (const auto& [second, value] : samples)
    made.samples.push_back({.at = at(second), .value = value});
  return made;
}
PromSeries requests(const std::string& status, const Samples& samples) {
  return series({{"__name__", "http_requests_total"}, {"status_code", status}}, samples);
}
PromSeries bucket(const std::string& edge, const Samples& samples) {
  return series({{"__name__", "http_request_duration_seconds_bucket"}, {"le", edge}}, samples);
}

Result<std::vector<core::Slice>> take(PromCounters& counters, const std::vector<PromSeries>& all,
                                      const ports::PodTarget& of = pod()) {
  std::vector<const PromSeries*> pointers;
  for (const PromSeries& one : all) pointers.push_back(&one);
  return counters.take(of, family, pointers, view);
}

TEST(PromIncrements, FirstLookIsABaseAndEachFurtherScrapeIsASlice) {
  PromCounters counters;
  const auto slices = take(counters, {requests("200", {{1, 100}, {2, 110}, {3, 125}}),
                                      requests("500", {{1, 5}, {2, 5}, {3, 6}})});
  ASSERT_TRUE(slices);
  ASSERT_EQ(slices->size(), 2U);
  EXPECT_EQ(slices->at(0), (core::Slice{.service = 2,
                                        .arm = core::Arm::canary,
                                        .target = "p",
                                        .from = at(1),
                                        .to = at(2),
                                        .age = seconds(101),
                                        .requests = 10,
                                        .errors = 0,
                                        .timed = 0,
                                        .slower = {0, 0}}));
  EXPECT_EQ(slices->at(1).requests, 16U);
  EXPECT_EQ(slices->at(1).errors, 1U);
}

// Whoever judges leaves fresh pods out; a container that starts again is as fresh as a new pod.
TEST(PromIncrements, EachSliceSaysHowOldItsPodWas) {
  PromCounters counters;
  const auto fresh = take(counters, {requests("200", {{7, 10}, {8, 20}})}, pod(5));
  ASSERT_TRUE(fresh && fresh->size() == 2);
  EXPECT_LE(fresh->at(0).age, Duration::zero());
  EXPECT_EQ(fresh->at(1).age, seconds(2));
  const auto again = take(counters, {requests("200", {{9, 3}})}, pod(9));
  ASSERT_TRUE(again && again->size() == 1);
  EXPECT_EQ(again->at(0).age, -seconds(1));
}

TEST(PromIncrements, HealthChecksAreNeitherRequestsNorTimes) {
  PromFamily apart = family;
  apart.path_label = "path";
  apart.health_path = "/health";
  const auto of = [](const std::string& name, const std::string& label, const std::string& value,
                     const std::string& path, const Samples& samples) {
    return series({{"__name__", name}, {label, value}, {"path", path}}, samples);
  };
  const std::string times = family.histogram;
  const std::vector<PromSeries> all{
      of(family.requests, "status_code", "200", "/health", {{1, 50}, {2, 60}}),
      of(family.requests, "status_code", "500", "/health", {{1, 0}, {2, 3}}),
      of(family.requests, "status_code", "200", "/buy", {{1, 100}, {2, 104}}),
      of(family.requests, "status_code", "500", "/buy", {{1, 1}, {2, 2}}),
      of(times, "le", "0.1", "/health", {{1, 50}, {2, 63}}),
      of(times, "le", "0.5", "/health", {{1, 50}, {2, 63}}),
      of(times, "le", "+Inf", "/health", {{1, 50}, {2, 63}}),
      of(times, "le", "0.1", "/buy", {{1, 90}, {2, 92}}),
      of(times, "le", "0.5", "/buy", {{1, 100}, {2, 104}}),
      of(times, "le", "+Inf", "/buy", {{1, 101}, {2, 106}})};
  std::vector<const PromSeries*> pointers;
  for (const PromSeries& one : all) pointers.push_back(&one);
  PromCounters counters;
  const auto slices = counters.take(pod(), apart, pointers, view);
  ASSERT_TRUE(slices) << slices.error().message;
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->front().requests, 5U);
  EXPECT_EQ(slices->front().errors, 1U);
  EXPECT_EQ(slices->front().timed, 5U);
  EXPECT_EQ(slices->front().slower, (std::vector<std::uint64_t>{3, 1}));
}

// Else the probes of a version that dropped the label would pass for users' successes.
TEST(PromIncrements, ASeriesThatLostItsPathIsMalformed) {
  PromFamily apart = family;
  apart.path_label = "path";
  apart.health_path = "/health";
  for (const auto& lost :
       {series({{"__name__", "http_requests_total"}, {"status_code", "200"}}, {{1, 5}, {2, 7}}),
        series({{"__name__", family.histogram}, {"le", "+Inf"}}, {{1, 5}, {2, 7}})}) {
    PromCounters counters;
    const auto slices = counters.take(pod(), apart, {&lost}, view);
    ASSERT_FALSE(slices);
    EXPECT_EQ(slices.error().kind, ErrorKind::malformed);
    EXPECT_NE(slices.error().message.find("does not tell its path any more"), std::string::npos);
  }
}

// A pod that only the kubelet asks is there, and had no requests.
TEST(PromIncrements, HealthChecksAloneAreASliceWithoutRequests) {
  PromFamily apart = family;
  apart.path_label = "path";
  apart.health_path = "/health";
  const PromSeries checks =
      series({{"__name__", "http_requests_total"}, {"status_code", "200"}, {"path", "/health"}},
             {{1, 5}, {2, 7}});
  PromCounters counters;
  const auto slices = counters.take(pod(), apart, {&checks}, view);
  ASSERT_TRUE(slices);
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->front().requests, 0U);
}

TEST(PromIncrements, WhatWasTakenIsNotTakenAgain) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 100}, {2, 110}})}));
  const auto again = take(counters, {requests("200", {{1, 100}, {2, 110}})});
  EXPECT_TRUE(again && again->empty());
  EXPECT_EQ(take(counters, {requests("200", {{2, 110}, {3, 111}})})->at(0).requests, 1U);
}

TEST(PromIncrements, FirstErrorOfAKnownPodIsSeen) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 100}})}));
  const auto slices = take(counters, {requests("200", {{2, 101}}), requests("503", {{2, 1}})});
  EXPECT_EQ(slices->at(0).requests, 2U);
  EXPECT_EQ(slices->at(0).errors, 1U);
}

TEST(PromIncrements, PodThatStartedLaterCountsFromItsStart) {
  PromCounters counters;
  const auto slices = take(counters, {requests("200", {{9, 7}})}, pod(8));
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->at(0).from, at(8));
  EXPECT_EQ(slices->at(0).requests, 7U);
}

TEST(PromIncrements, FallOfOneCounterIsARestartOfAll) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 100}}), requests("500", {{1, 1}})}));
  const auto slices = take(counters, {requests("200", {{2, 10}}), requests("500", {{2, 3}})});
  EXPECT_EQ(slices->at(0).requests, 13U);
  EXPECT_EQ(slices->at(0).errors, 3U);
}

TEST(PromIncrements, SeriesOfTheOldProcessLeaveNoBase) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 100}}), requests("500", {{1, 50}})}));
  ASSERT_TRUE(take(counters, {requests("200", {{2, 10}})}));
  EXPECT_EQ(
      take(counters, {requests("200", {{3, 11}}), requests("500", {{3, 60}})})->at(0).requests,
      61U);
}

TEST(PromIncrements, RestartThatPassedTheOldValueIsSeenByTheContainersStart) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 5}})}));
  EXPECT_EQ(take(counters, {requests("200", {{4, 9}})}, pod(3))->at(0).requests, 9U);
}

TEST(PromIncrements, ScrapeWithinTheSecondOfTheStartIsNoProofOfARestart) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 5}})}));
  ports::PodTarget restarted = pod(3);
  EXPECT_EQ(take(counters, {requests("200", {{3, 9}})}, restarted)->at(0).requests, 4U);
}

TEST(PromIncrements, RestartThatPassedTheOldValueIsSeenByTheProcessStart) {
  PromCounters counters;
  const Labels start{{"__name__", "process_start_time_seconds"}};
  ASSERT_TRUE(take(counters, {requests("200", {{1, 5}}), series(start, {{1, 1000.5}})}));
  EXPECT_EQ(
      take(counters, {requests("200", {{2, 9}}), series(start, {{2, 1001.5}})})->at(0).requests,
      9U);
}

TEST(PromIncrements, MissedScrapeLosesNothing) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 5}})}));
  const auto slices = take(counters, {requests("200", {{600, 50}})});
  EXPECT_EQ(slices->at(0).requests, 45U);
  EXPECT_EQ(slices->at(0).from, at(1));
}

TEST(PromIncrements, LatencyIsCountedPerEdgeInBothSpellings) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 0}, {2, 10}}), bucket("0.1", {{2, 6}}),
                              bucket("0.5", {{2, 9}}), bucket("+Inf", {{2, 10}})}));
  const auto slices = take(counters, {requests("200", {{3, 20}}), bucket("0.10", {{3, 12}}),
                                      bucket("5e-1", {{3, 18}}), bucket("+Inf", {{3, 20}})});
  ASSERT_TRUE(slices);
  EXPECT_EQ(slices->at(0).timed, 10U);
  EXPECT_EQ(slices->at(0).slower, (std::vector<std::uint64_t>{4, 1}));
}

TEST(PromIncrements, EdgeThatTheCanaryLacksMeansNoLatencyAtAll) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 1}})}));
  const auto slices = take(
      counters, {requests("200", {{2, 20}}), bucket("0.1", {{2, 3}}), bucket("+Inf", {{2, 20}})});
  EXPECT_EQ(slices->at(0).requests, 19U);
  EXPECT_EQ(slices->at(0).timed, 0U);
  EXPECT_EQ(slices->at(0).slower, (std::vector<std::uint64_t>{0, 0}));
}

TEST(PromIncrements, BucketsThatFallAreMalformedAndTakeNothing) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 1}})}));
  const auto slices = take(counters, {requests("200", {{2, 20}}), bucket("0.1", {{2, 30}}),
                                      bucket("0.5", {{2, 9}}), bucket("+Inf", {{2, 10}})});
  ASSERT_FALSE(slices);
  EXPECT_EQ(slices.error().kind, ErrorKind::malformed);
  EXPECT_EQ(counters.newest(pod()), at(1));
}

TEST(PromIncrements, WhatIsNoCountIsMalformed) {
  for (const double value : {1.5, -3.0, std::nan(""), HUGE_VAL, 1e17}) {
    PromCounters counters;
    ASSERT_TRUE(take(counters, {requests("200", {{1, 0}})}));
    const auto slices = take(counters, {requests("500", {{2, value}})});
    ASSERT_FALSE(slices) << value;
    EXPECT_EQ(slices.error().kind, ErrorKind::malformed);
  }
}

TEST(PromIncrements, SkippedPodStartsFromANewBase) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{9, 4}})}, pod(8)));
  counters.skip(pod(8), at(9));
  EXPECT_TRUE(take(counters, {requests("200", {{10, 50}})}, pod(8))->empty());
  EXPECT_EQ(take(counters, {requests("200", {{11, 51}})}, pod(8))->at(0).requests, 1U);
}

TEST(PromIncrements, WhatWasSkippedIsNotLookedAtAgain) {
  PromCounters counters;
  const auto all = requests("200", {{1, 4}, {2, 9}, {3, std::nan("")}, {4, 20}, {5, 22}});
  ASSERT_FALSE(take(counters, {all}));
  counters.skip(pod(), at(3));
  const auto slices = take(counters, {all});
  ASSERT_TRUE(slices);
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->at(0).requests, 2U);
}

TEST(PromIncrements, NextScraperCountsNothingThatTheLastOneDid) {
  PromCounters counters;
  const auto of = [](const std::string& job, const Samples& samples) {
    return series({{"__name__", "http_requests_total"}, {"status_code", "200"}, {"job", job}},
                  samples);
  };
  const auto both = [&] {
    return std::vector<PromSeries>{of("a", {{1, 1}, {4, 9}}), of("b", {{3, 5}, {9, 11}, {10, 14}})};
  };
  EXPECT_EQ(take(counters, both())->at(0).requests, 8U);
  const auto later = take(counters, both());
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(later->at(0).from, at(9));
  EXPECT_EQ(later->at(0).requests, 3U);
}

TEST(PromIncrements, SyntheticZeroIsAResetAndNoSlice) {
  PromCounters counters;
  ASSERT_TRUE(take(counters, {requests("200", {{1, 100}})}));
  const auto slices = take(counters, {requests("200", {{2, 0}, {3, 130}})});
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->at(0).requests, 130U);
}

TEST(PromIncrements, SecondScraperOfOnePodIsNotCountedAgain) {
  PromCounters counters;
  const auto of = [](const std::string& job, const Samples& samples) {
    return series({{"__name__", "http_requests_total"}, {"status_code", "200"}, {"job", job}},
                  samples);
  };
  const auto slices = take(counters, {of("a", {{1, 5}, {3, 9}}), of("b", {{2, 7}, {4, 12}})});
  ASSERT_EQ(slices->size(), 1U);
  EXPECT_EQ(slices->at(0).requests, 4U);
  // The second one alone is news, but the first is not behind yet.
  EXPECT_TRUE(take(counters, {of("b", {{5, 14}})})->empty());
  EXPECT_EQ(take(counters, {of("a", {{5, 14}})})->at(0).requests, 5U);
  // Now it is: the next one is a base, and counts from there.
  EXPECT_EQ(take(counters, {of("b", {{8, 20}, {9, 23}})})->at(0).requests, 3U);
}

TEST(PromIncrements, TwoPortsOfAPodAreTwoTargets) {
  PromCounters counters;
  const auto on = [](const std::string& instance, const Samples& samples) {
    PromSeries made = requests("200", samples);
    for (auto& [name, value] : made.labels) {
      if (name == "instance") value = instance;
    }
    return made;
  };
  const auto slices = take(counters, {on("a:1", {{1, 5}, {2, 9}}), on("a:2", {{1, 50}, {2, 51}})});
  ASSERT_EQ(slices->size(), 2U);
  EXPECT_EQ(slices->at(0).requests + slices->at(1).requests, 5U);
}

TEST(PromIncrements, ErrorsAreServerErrorsAndNoAnswerAtAll) {
  for (const char* status : {"500", "503", "599", "5xx", "5XX", "0"})
    EXPECT_TRUE(is_error_status(status)) << status;
  for (const char* status :
       {"200", "404", "499", "4xx", "", "5", "50", "5000", "5x0", "OK", "-500"})
    EXPECT_FALSE(is_error_status(status)) << status;
}

// An application that knows its own counts, scraped and asked at random: every request is in
// exactly one slice.
class Application {
 public:
  void serve(std::size_t status, std::size_t speed) {
    counts_[status] += 1;
    speeds_[speed] += 1;
    born_[status] = true;
    total_ += 1;
    errors_ += status == 1 ? 1 : 0;
    slow_ += speed == 1 ? 1 : 0;
  }
  void restart() { *this = Application(*this, 0); }
  void scrape(int second, std::vector<PromSeries>& into) const {
    const std::array statuses{"200", "500"};
    for (std::size_t i = 0; i < 2; ++i) {
      if (born_[i]) into.push_back(requests(statuses[i], {{second, counts_[i]}}));
    }
    into.push_back(bucket("0.1", {{second, speeds_[0]}}));
    into.push_back(bucket("0.5", {{second, speeds_[0]}}));
    into.push_back(bucket("+Inf", {{second, speeds_[0] + speeds_[1]}}));
    into.push_back(series({{"__name__", "process_start_time_seconds"}}, {{second, starts_}}));
  }
  Application() = default;
  std::uint64_t total_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t slow_ = 0;
  double starts_ = 1;

 private:
  Application(const Application& old, int /*fresh*/)
      : total_(old.total_), errors_(old.errors_), slow_(old.slow_), starts_(old.starts_ + 1) {}
  std::array<double, 2> counts_{};
  std::array<double, 2> speeds_{};
  std::array<bool, 2> born_{true, false};
};

RC_GTEST_PROP(PromIncrements, SumOfAllSlicesIsWhatTheApplicationCounted, ()) {
  Application application;
  PromCounters counters;
  ports::PodTarget target = pod(1);
  std::vector<PromSeries> stored;
  core::Slice sum{.service = 0,
                  .arm = {},
                  .target = {},
                  .from = {},
                  .to = {},
                  .requests = 0,
                  .errors = 0,
                  .timed = 0,
                  .slower = {0}};
  Application scraped;
  const int length = *rc::gen::inRange(2, 60);
  for (int second = 2; second < length; ++second) {
    const int served = *rc::gen::inRange(0, 6);
    for (int i = 0; i < served; ++i)
      application.serve(*rc::gen::inRange<std::size_t>(0, 2), *rc::gen::inRange<std::size_t>(0, 2));
    if (*rc::gen::inRange(0, 8) != 0) {  // else the scrape failed
      application.scrape(second, stored);
      scraped = application;
      if (*rc::gen::inRange(0, 10) == 0) {  // restarts right after a scrape: nothing is lost unseen
        application.restart();
        target.started_at = at(second);  // half a second later, rounded down
      }
    }
    if (*rc::gen::inRange(0, 4) != 0 && second + 1 < length)
      continue;  // no question in this second
    const auto slices = take(counters, stored, target);
    RC_ASSERT(slices.has_value());
    for (const core::Slice& slice : *slices) {
      RC_ASSERT(slice.errors <= slice.requests && slice.slower.at(0) <= slice.timed);
      RC_ASSERT(slice.from < slice.to);
      sum.requests += slice.requests;
      sum.errors += slice.errors;
      sum.slower[0] += slice.slower[0];
    }
  }
  if (!stored.empty() && counters.newest(target)) {
    RC_ASSERT(sum.requests == scraped.total_);
    RC_ASSERT(sum.errors == scraped.errors_);
    RC_ASSERT(sum.slower[0] == scraped.slow_);
  }
}

}  // namespace
}  // namespace kai::edges
