#include "core/judge/poisson.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/xoshiro.h"

namespace kai::core {
namespace {

TEST(PoissonLaw, ANarrowOneHasTheProbabilitiesOfTheBooks) {
  const PoissonLaw law(2);
  // P(0) = e^-2 = 0.1353, P(0..1) = 0.4060, P(0..2) = 0.6767.
  EXPECT_EQ(law.at(0), 0U);
  EXPECT_EQ(law.at(0.1353), 0U);
  EXPECT_EQ(law.at(0.1354), 1U);
  EXPECT_EQ(law.at(0.4060), 1U);
  EXPECT_EQ(law.at(0.4061), 2U);
  EXPECT_EQ(law.at(0.6766), 2U);
  EXPECT_EQ(law.at(0.6767), 3U);
}

TEST(PoissonLaw, NothingExpectedIsNothingCounted) {
  const PoissonLaw law(0);
  EXPECT_EQ(law.at(0), 0U);
  EXPECT_EQ(law.at(1 - 0x1p-53), 0U);
}

TEST(PoissonLaw, MeanAndVarianceAreTheMean) {
  for (const double mean : {0.03, 1.0, 30.0, 2700.0, 1e6}) {
    const PoissonLaw law(mean);
    Xoshiro chance(1);
    constexpr int draws = 40'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < draws; ++i) {
      const double off = static_cast<double>(law.at(chance.uniform())) - mean;
      sum += off;
      squares += off * off;
    }
    // Five standard errors: of the mean sqrt(mean/n), of the variance sqrt((mean + 2 mean^2)/n).
    EXPECT_LT(std::fabs(sum / draws), 5 * std::sqrt(mean / draws)) << mean;
    EXPECT_LT(std::fabs(squares / draws - mean), 5 * std::sqrt((mean + 2 * mean * mean) / draws))
        << mean;
  }
}

TEST(PoissonLaw, TheSameChanceNeverGivesFewerUnderALargerMean) {
  Xoshiro chance(2);
  for (const double mean : {0.5, 20.0, 999.5}) {
    const PoissonLaw fewer(mean), more(mean * 1.01);
    for (int i = 0; i < 10'000; ++i) {
      const double uniform = chance.uniform();
      ASSERT_LE(fewer.at(uniform), more.at(uniform)) << mean << " " << uniform;
    }
  }
}

TEST(PoissonLaw, TheLargestMeanIsNoTrouble) {
  const PoissonLaw law(PoissonLaw::mean_max);
  EXPECT_NEAR(static_cast<double>(law.at(0.5)), PoissonLaw::mean_max, 2);
}

}  // namespace
}  // namespace kai::core
