#include "core/judge/dispersion.h"

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

ReplicaHistory history_of(std::size_t intervals, std::size_t replicas, double share_apart) {
  fakes::Traffic traffic(7);
  ReplicaHistory history;
  for (std::size_t t = 0; t < intervals; ++t) {
    auto& requests = history.requests.emplace_back(replicas);
    auto& errors = history.errors.emplace_back(replicas);
    for (std::size_t j = 0; j < replicas; ++j) {
      const double share = 0.02 * (1 + (j % 2 == 0 ? share_apart : -share_apart));
      traffic.arm(300, share, requests[j], errors[j]);
    }
  }
  return history;
}

TEST(Dispersion, IndependentErrorsHaveNone) {
  for (const DispersionPoint& point : learn_dispersion(history_of(240, 9, 0)))
    EXPECT_LT(point.dispersion, 1.4) << point.intervals;
}

TEST(Dispersion, ReplicasThatDifferForGoodScatterMoreOverLongerTimes) {
  const auto points = learn_dispersion(history_of(240, 9, 0.3));
  ASSERT_EQ(points.size(), 6U);  // 1 2 4 10 20 40
  EXPECT_EQ(points.back().intervals, 40);
  EXPECT_GT(points.back().dispersion, 5 * points.front().dispersion);
}

TEST(Dispersion, ItNeverFallsWithTheAgeAndNeverBelowOne) {
  const auto curve = DispersionCurve::create(learn_dispersion(history_of(120, 4, 0.2))).value();
  double last = 1;
  for (double age = 0.1; age < 1000; age *= 1.07) {
    EXPECT_GE(curve.at(age), last - 1e-12);
    last = curve.at(age);
  }
}

TEST(Dispersion, BeyondTheLastPointItGrowsAtMostInProportion) {
  const auto steep = DispersionCurve::create(std::vector<DispersionPoint>{{1, 1}, {2, 8}}).value();
  EXPECT_NEAR(steep.at(20), 80, 1e-10);
  const auto flat = DispersionCurve::create(std::vector<DispersionPoint>{{1, 3}}).value();
  EXPECT_EQ(flat.at(1000), 3);
}

TEST(Dispersion, TooShortAHistoryHasNoPoint) {
  EXPECT_TRUE(learn_dispersion(history_of(5, 3, 0)).empty());
  EXPECT_EQ(learn_dispersion(history_of(6, 3, 0)).size(), 1U);
}

TEST(Dispersion, WithoutEnoughReplicasOrErrorsItIsAtLeastTwo) {
  const ReplicaHistory two = history_of(60, 2, 0);
  for (const DispersionPoint& point : with_floor(learn_dispersion(two), two))
    EXPECT_GE(point.dispersion, 2);
  const ReplicaHistory many = history_of(60, 3, 0);
  EXPECT_LT(with_floor(learn_dispersion(many), many)[0].dispersion, 2);
  ReplicaHistory calm = many;
  for (auto& row : calm.errors) row.assign(row.size(), 0);
  EXPECT_EQ(with_floor(learn_dispersion(calm), calm)[0].dispersion, 2);
  EXPECT_EQ(with_floor({}, {}), (std::vector<DispersionPoint>{{1, 2}}));
}

TEST(Dispersion, WhatIsToldWithoutACurveAssumesThatPodsDiffer) {
  const std::vector<DispersionPoint> known{{1, 1.5}, {10, 3}};
  EXPECT_EQ(dispersion_after(known, 10), 3);
  EXPECT_EQ(dispersion_after(known, 0), 1.5);
  EXPECT_EQ(dispersion_after({}, 10), 2);
  EXPECT_EQ(dispersion_after(std::vector<DispersionPoint>{{0, 1}}, 10), 2);
}

TEST(Dispersion, PointsThatMakeNoCurveAreRejected) {
  using Points = std::vector<DispersionPoint>;
  for (const Points& points : {Points{}, Points{{0, 1}}, Points{{1, 0.5}}, Points{{2, 1}, {1, 1}},
                               Points{{1, 2}, {2, 1}}, Points(17, {1, 1})}) {
    const auto curve = DispersionCurve::create(points);
    ASSERT_FALSE(curve.has_value());
    EXPECT_EQ(curve.error().kind, ErrorKind::rejected);
  }
}

}  // namespace
}  // namespace kai::core
