#include "core/backtest/fake_canary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/seeded_random.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

ArmCounts counts(std::uint64_t requests) {
  return {.requests = requests,
          .errors = requests / 10,
          .timed = requests,
          .slower = {requests / 2, requests / 4}};
}

PastInterval interval(std::size_t pods, std::uint64_t requests = 1000) {
  PastInterval all;
  for (std::size_t i = 0; i < pods; ++i)
    all.pods.push_back(
        {.service = 0, .pod = "p" + std::to_string(i), .version = "v", .counts = counts(requests)});
  return all;
}

FakeRolloutSettings settings(std::vector<FakeStep> steps) {
  return {.steps = std::move(steps), .services = 1, .check_every = 2, .interval = seconds(15)};
}

Weight percent(int weight) { return Weight::from_hundredths(weight * 100); }

struct Sum {
  double canary = 0;
  double all = 0;
  [[nodiscard]] double share() const { return canary / all; }
};

Sum sum_of(const FakeRollout& rollout, std::size_t begin, std::size_t end) {
  Sum sum;
  for (std::size_t i = begin; i < end; ++i) {
    const ServiceCounts& counts = rollout.frames[i].services[0];
    sum.canary += static_cast<double>(counts.canary.requests);
    sum.all += static_cast<double>(counts.canary.requests + counts.baseline.requests);
  }
  return sum;
}

TEST(FakeCanary, PodsThatComeAndGoAreNoTwoArms) {
  SeededRandom random(1);
  std::vector<PastInterval> window(4, interval(1));
  for (std::size_t i = 0; i < window.size(); ++i) window[i].pods[0].pod += "-" + std::to_string(i);
  const auto rollout = make_fake_rollout(window, settings({{percent(10), 4}}), random);
  EXPECT_EQ(rollout.split_by_requests, std::vector{true});
  EXPECT_FALSE(rollout.idle);
}

TEST(FakeCanary, OnePodOfTenIsTenPerCentAndLosesNoRequest) {
  SeededRandom random(1);
  const std::vector window(4, interval(10));
  const auto rollout = make_fake_rollout(window, settings({{percent(10), 4}}), random);
  ASSERT_EQ(rollout.frames.size(), 4U);
  for (const Frame& frame : rollout.frames) {
    EXPECT_EQ(frame.services[0].canary, counts(1000));
    EXPECT_EQ(frame.services[0].baseline.requests, 9000U);
    EXPECT_EQ(frame.weight_ppm, 100'000U);
    EXPECT_EQ(frame.span, seconds(15));
  }
  EXPECT_FALSE(rollout.split_by_requests[0]);
  EXPECT_FALSE(rollout.idle);
}

TEST(FakeCanary, FollowsTheWeightOfEachStepAlsoWithFewPods) {
  SeededRandom random(1);
  const std::vector window(8, interval(3));
  const auto rollout =
      make_fake_rollout(window, settings({{percent(10), 4}, {percent(80), 4}}), random);
  EXPECT_NEAR(sum_of(rollout, 0, 4).share(), 0.1, 0.01);
  EXPECT_NEAR(sum_of(rollout, 4, 8).share(), 0.8, 0.02);
}

TEST(FakeCanary, AsksWhatARolloutAsks) {
  SeededRandom random(1);
  const std::vector window(5, interval(3));
  const auto rollout =
      make_fake_rollout(window, settings({{percent(10), 3}, {percent(20), 2}}), random);
  std::vector<Ask> asks;
  std::vector<bool> started, checks;
  for (const Frame& frame : rollout.frames) {
    asks.push_back(frame.ask);
    started.push_back(frame.step_started);
    checks.push_back(frame.check);
  }
  EXPECT_EQ(asks, (std::vector{Ask::tick, Ask::tick, Ask::step_end, Ask::tick, Ask::final}));
  EXPECT_EQ(started, (std::vector{true, false, false, true, false}));
  EXPECT_EQ(checks, (std::vector{false, true, true, true, true}));
}

TEST(FakeCanary, AMissedScrapeMakesTheNextFrameLonger) {
  SeededRandom random(1);
  std::vector window(4, interval(3));
  window[1] = window[3] = {};
  const auto rollout = make_fake_rollout(window, settings({{percent(10), 4}}), random);
  ASSERT_EQ(rollout.frames.size(), 2U);
  EXPECT_EQ(rollout.frames[1].span, seconds(30));
  EXPECT_EQ(rollout.intervals, (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(rollout.frames[1].ask, Ask::final) << "also where the last scrape was missed";
}

TEST(FakeCanary, ASinglePodsRequestsAreDealtOut) {
  SeededRandom random(1);
  const std::vector window(20, interval(1));
  const auto rollout = make_fake_rollout(window, settings({{percent(10), 20}}), random);
  EXPECT_TRUE(rollout.split_by_requests[0]);
  EXPECT_NEAR(sum_of(rollout, 0, 20).share(), 0.1, 0.01);
  for (const Frame& frame : rollout.frames) {
    ServiceCounts all = frame.services[0];
    EXPECT_EQ(all.canary.requests + all.baseline.requests, 1000U) << "none is lost";
    EXPECT_EQ(all.canary.errors + all.baseline.errors, 100U);
    EXPECT_EQ(all.canary.timed + all.baseline.timed, 1000U);
    EXPECT_EQ(all.canary.slower[1] + all.baseline.slower[1], 250U);
  }
}

TEST(FakeCanary, WhatIsThinnedStaysPossible) {
  SeededRandom random(1);
  const std::vector window(200, interval(3, 7));
  const auto rollout = make_fake_rollout(window, settings({{percent(10), 200}}), random);
  for (const Frame& frame : rollout.frames) {
    const ArmCounts& canary = frame.services[0].canary;
    EXPECT_LE(canary.errors, canary.requests);
    EXPECT_LE(canary.slower[0], canary.timed);
    EXPECT_LE(canary.slower[1], canary.slower[0]);
  }
}

TEST(FakeCanary, APodThatCameLateIsNeverTheCanary) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededRandom random(seed);
    std::vector window(8, interval(2));
    for (std::size_t i = 4; i < 8; ++i) {
      window[i].pods.push_back({.service = 0, .pod = "late", .version = "v", .counts = counts(0)});
      window[i].pods.back().counts.requests = 1'000'000;
    }
    const auto rollout = make_fake_rollout(window, settings({{percent(10), 8}}), random);
    for (const Frame& frame : rollout.frames) EXPECT_LT(frame.services[0].canary.requests, 1001U);
  }
}

TEST(FakeCanary, WithoutARequestInAnArmItIsIdle) {
  SeededRandom random(1);
  const std::vector window(4, interval(3, 0));
  EXPECT_TRUE(make_fake_rollout(window, settings({{percent(10), 4}}), random).idle);
}

TEST(FakeCanary, AddedErrorsAreAShareOfTheGoodRequests) {
  SeededRandom random(1);
  const std::vector window(50, interval(10));
  auto rollout = make_fake_rollout(window, settings({{percent(10), 50}}), random);
  add_errors(rollout, 0, 0.1, random);
  double errors = 0;
  for (const Frame& frame : rollout.frames) {
    errors += static_cast<double>(frame.services[0].canary.errors);
    EXPECT_EQ(frame.services[0].baseline.errors, 900U);
  }
  EXPECT_NEAR(errors / 50'000, 0.1 + 0.9 * 0.1, 0.01);
}

TEST(FakeCanary, DrawsCountsWithinTheirBounds) {
  SeededRandom random(1);
  EXPECT_EQ(draw_binomial(0, 0.5, random), 0U);
  EXPECT_EQ(draw_binomial(10, 0, random), 0U);
  EXPECT_EQ(draw_binomial(10, 1, random), 10U);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += static_cast<double>(draw_binomial(1000, 0.03, random));
  EXPECT_NEAR(sum / 1000, 30, 1);
}

}  // namespace
}  // namespace kai::core
