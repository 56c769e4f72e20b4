#include "core/judge/portable_math.h"

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace kai::core {
namespace {

// The reference: 64 bits of mantissa on x86-64, so that its own error does not count.
static_assert(std::numeric_limits<long double>::digits >= 64);

double relative_error(double got, long double expected) {
  if (expected == 0) return got == 0 ? 0 : std::numeric_limits<double>::infinity();
  return static_cast<double>(std::fabs((static_cast<long double>(got) - expected) / expected));
}

TEST(PortableMath, TheExponentialIsAccurateOverItsRange) {
  std::mt19937_64 source(1);
  std::uniform_real_distribution<double> wide(-700, 700), narrow(-1, 1);
  double worst = 0;
  for (int i = 0; i < 400'000; ++i) {
    const double x = i % 2 == 0 ? wide(source) : narrow(source);
    worst = std::max(worst, relative_error(exp_of(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 5e-16);
}

TEST(PortableMath, TheExponentialIsExactAtZeroAndStopsAtMinus700) {
  EXPECT_EQ(exp_of(0), 1.0);
  EXPECT_EQ(exp_of(-701), exp_of(-700));
  EXPECT_EQ(exp_of(-1e300), exp_of(-700));
  EXPECT_GT(exp_of(-700), 0.0);
}

TEST(PortableMath, TheLogarithmIsAccurateOverItsRange) {
  std::mt19937_64 source(2);
  std::uniform_real_distribution<double> exponent(-1000, 1000), near_one(0.5, 2);
  double worst = 0;
  for (int i = 0; i < 400'000; ++i) {
    const double x = i % 2 == 0 ? std::exp2(exponent(source)) : near_one(source);
    worst = std::max(worst, relative_error(ln_of(x), std::log(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2.3e-16);
}

TEST(PortableMath, TheLogarithmIsExactAtOneAndAtPowersOfTwoNearIt) {
  EXPECT_EQ(ln_of(1.0), 0.0);
  EXPECT_EQ(ln_of(2.0), 0x1.62e42fefa39efp-1);
  EXPECT_EQ(ln_of(0.5), -0x1.62e42fefa39efp-1);
}

TEST(PortableMath, TheLogarithmOfOnePlusIsAccurateForSmallAndNegativeArguments) {
  std::mt19937_64 source(3);
  std::uniform_real_distribution<double> exponent(-60, 0), large(0, 1000);
  double worst = 0;
  for (int i = 0; i < 600'000; ++i) {
    double a = std::exp2(exponent(source));
    if (i % 3 == 1) a = -a;
    if (i % 3 == 2) a = large(source);
    worst = std::max(worst, relative_error(log1p_of(a), std::log1p(static_cast<long double>(a))));
  }
  EXPECT_LT(worst, 2.5e-16);
}

TEST(PortableMath, ASmallTermIsNothingFromFiftyNatsOn) {
  EXPECT_EQ(add_in_logs(3, 3 - 50.5), 3.0);
  EXPECT_GT(add_in_logs(0, -36), 0.0);
  EXPECT_EQ(add_in_logs(-2, 5), add_in_logs(5, -2));
  EXPECT_NEAR(add_in_logs(1, 1), 1 + std::log(2.0), 1e-15);
}

TEST(PortableMath, ASumOfExponentialsIsThatOfTheReference) {
  std::mt19937_64 source(4);
  std::uniform_real_distribution<double> term(-80, 900);
  for (int run = 0; run < 500; ++run) {
    std::vector<double> terms(24);
    long double sum = 0;
    for (double& value : terms) value = term(source);
    const double high = *std::max_element(terms.begin(), terms.end());
    for (const double value : terms) sum += std::exp(static_cast<long double>(value) - high);
    const auto expected = static_cast<double>(high + std::log(sum));
    EXPECT_NEAR(ln_sum_exp(terms), expected, 1e-13 * std::fabs(expected) + 1e-15);
  }
}

TEST(PortableMath, TermsFarBelowTheLargestAreSkippedWithoutChangingTheSum) {
  std::array<double, 16> terms{};
  terms.fill(-51);
  terms[3] = 0;
  EXPECT_EQ(ln_sum_exp(terms), 0.0);
  terms.fill(-36);
  terms[3] = 0;
  EXPECT_GT(ln_sum_exp(terms), 0.0);
}

}  // namespace
}  // namespace kai::core
