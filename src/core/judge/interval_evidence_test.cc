#include "core/judge/interval_evidence.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

double binomial(std::uint64_t n, std::uint64_t k, double p) {
  if (p <= 0) return k == 0 ? 1 : 0;
  if (p >= 1) return k == n ? 1 : 0;
  const auto all = static_cast<double>(n), some = static_cast<double>(k);
  return std::exp(std::lgamma(all + 1) - std::lgamma(some + 1) - std::lgamma(all - some + 1) +
                  some * std::log(p) + (all - some) * std::log1p(-p));
}

// Every outcome of n canary and m baseline requests, weighted with its chance.
double mean_pair_evidence(std::uint64_t n, std::uint64_t m, const Tolerance& tolerance, double psi,
                          double canary, double baseline) {
  double mean = 0;
  for (std::uint64_t x = 0; x <= n; ++x) {
    for (std::uint64_t y = 0; y <= m; ++y) {
      const Counts counts{.n = n, .x = x, .m = m, .y = y};
      mean += binomial(n, x, canary) * binomial(m, y, baseline) *
              std::exp(pair_evidence(counts, tolerance, psi));
    }
  }
  return mean;
}

void expect_fair(std::uint64_t n, std::uint64_t m, const Tolerance& tolerance, double baseline) {
  const double edge = std::min(1.0, tolerance.rho * baseline + tolerance.delta);
  for (const double ratio : {1.1, 2.0, 10.0, 1000.0}) {
    for (const double inside : {1.0, 0.5, 0.0}) {
      EXPECT_LE(mean_pair_evidence(n, m, tolerance, tolerance.rho * ratio, edge * inside, baseline),
                1 + 1e-12);
    }
  }
  if (tolerance.rho * baseline + tolerance.delta > 1) return;  // no share is beyond the promise
  for (const double ratio : {0.9, 0.5, 0.01}) {
    for (const double beyond : {0.0, 0.5, 1.0}) {
      const double canary = edge + (1 - edge) * beyond;
      EXPECT_LE(mean_pair_evidence(n, m, tolerance, tolerance.rho * ratio, canary, baseline),
                1 + 1e-12);
    }
  }
}

TEST(IntervalEvidence, NobodyWinsOnAverageWhileTheHypothesisHolds) {
  for (const auto& [n, m] :
       std::vector<std::pair<std::uint64_t, std::uint64_t>>{{1, 1}, {2, 7}, {7, 2}, {5, 12}}) {
    for (const double rho : {1.0, 1.1, 1.5}) {
      for (const double delta : {0.0, 0.001, 0.01, 0.1}) {
        for (const double baseline : {0.0, 0.001, 0.05, 0.3, 0.9})
          expect_fair(n, m, {.rho = rho, .delta = delta}, baseline);
      }
    }
  }
}

TEST(IntervalEvidence, NobodyWinsOnAverageAgainstALimitThatHolds) {
  const auto mean = [](std::uint64_t n, double theta, double limit, double share) {
    double sum = 0;
    for (std::uint64_t x = 0; x <= n; ++x)
      sum += binomial(n, x, share) * std::exp(limit_evidence(x, n, theta, limit));
    return sum;
  };
  for (const double limit : {0.001, 0.05, 0.5}) {
    for (const double part : {0.0, 0.3, 1.0}) {
      EXPECT_LE(mean(12, limit + 0.4 * (1 - limit), limit, part * limit), 1 + 1e-12);
      EXPECT_LE(mean(12, limit / 3, limit, limit + part * (1 - limit)), 1 + 1e-12);
    }
  }
}

// Random counts, for the facts that hold for all of them.
Counts random_counts(fakes::Traffic& traffic) {
  Counts counts{.n = 1 + traffic.source() % 5000, .m = 1 + traffic.source() % 50'000};
  counts.x = traffic.source() % (counts.n + 1);
  counts.y = traffic.source() % (counts.m + 1);
  return counts;
}

TEST(IntervalEvidence, AnEmptyArmOrTheEdgeItselfSaysNothing) {
  const Tolerance tolerance{.rho = 1.1, .delta = 0.001};
  EXPECT_EQ(pair_evidence({.m = 100, .y = 50}, tolerance, 3), 0);
  EXPECT_EQ(pair_evidence({.n = 100, .x = 50}, tolerance, 3), 0);
  fakes::Traffic traffic(1);
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(pair_evidence(random_counts(traffic), {.rho = 1.5}, 1.5), 0);
}

TEST(IntervalEvidence, TwiceTheCountsAreTwiceTheEvidence) {
  fakes::Traffic traffic(2);
  for (int i = 0; i < 500; ++i) {
    const Counts one = random_counts(traffic);
    const Counts two{.n = 2 * one.n, .x = 2 * one.x, .m = 2 * one.m, .y = 2 * one.y};
    const double evidence = pair_evidence(one, {.rho = 1.1, .delta = 0.001}, 3);
    EXPECT_NEAR(pair_evidence(two, {.rho = 1.1, .delta = 0.001}, 3), 2 * evidence,
                1e-12 * (1 + std::fabs(evidence)));
  }
}

TEST(IntervalEvidence, MoreBadOnesOfTheCanaryRaiseItAndOfTheBaselineLowerIt) {
  fakes::Traffic traffic(3);
  for (int i = 0; i < 500; ++i) {
    const Counts counts = random_counts(traffic);
    const double evidence = pair_evidence(counts, {}, 2);
    Counts worse = counts, better = counts;
    ++worse.x;
    ++better.y;
    EXPECT_GT(pair_evidence(worse, {}, 2), evidence);
    EXPECT_LT(pair_evidence(better, {}, 2), evidence);
  }
}

TEST(IntervalEvidence, SwappingTheArmsIsTheInverseEffect) {
  fakes::Traffic traffic(4);
  for (int i = 0; i < 500; ++i) {
    const Counts counts = random_counts(traffic);
    const Counts swapped{.n = counts.m, .x = counts.y, .m = counts.n, .y = counts.x};
    const double evidence = pair_evidence(counts, {}, 2.5);
    EXPECT_NEAR(pair_evidence(swapped, {}, 1 / 2.5), evidence, 1e-11 * (1 + std::fabs(evidence)));
  }
}

TEST(IntervalEvidence, AGridGivesWhatTheEffectsGiveOneByOne) {
  fakes::Traffic traffic(5);
  const Tolerance tolerance{.rho = 1.1, .delta = 0.001};
  std::array<double, worse_effects> gains;
  for (int i = 0; i < 100; ++i) {
    const Counts counts = random_counts(traffic);
    pair_evidence(counts, tolerance, worse_grid(), gains);
    for (std::size_t j = 0; j < worse_effects; ++j) {
      const double one = pair_evidence(counts, tolerance, 1.1 * worse_grid().ratio[j]);
      EXPECT_NEAR(gains[j], one, 1e-11 * (1 + std::fabs(one)));
    }
  }
}

}  // namespace
}  // namespace kai::core
