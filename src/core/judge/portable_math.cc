#include "core/judge/portable_math.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace kai::core {
namespace {

using Lanes = std::array<double, lanes>;

double largest(std::span<const double> terms) {
  Lanes high;
  std::copy_n(terms.begin(), lanes, high.begin());
  for (std::size_t i = lanes; i < terms.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      high[lane] = terms[i + lane] > high[lane] ? terms[i + lane] : high[lane];
    }
  }
  return *std::ranges::max_element(high);
}

// Eight terms whose exponentials are all zero by rule cost eight comparisons.
void add_eight(const double* terms, double high, Lanes& sums) {
  Lanes below;
  double nearest = -negligible_nats - 1;
  for (std::size_t lane = 0; lane < lanes; ++lane) below[lane] = terms[lane] - high;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    nearest = below[lane] > nearest ? below[lane] : nearest;
  }
  if (nearest < -negligible_nats) return;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const double term = exp_of(below[lane]);
    sums[lane] += below[lane] < -negligible_nats ? 0.0 : term;
  }
}

}  // namespace

double ln_sum_exp(std::span<const double> terms) {
  const double high = largest(terms);
  Lanes sums{};
  for (std::size_t i = 0; i < terms.size(); i += lanes) add_eight(&terms[i], high, sums);
  const double even = (sums[0] + sums[4]) + (sums[2] + sums[6]);
  const double odd = (sums[1] + sums[5]) + (sums[3] + sums[7]);
  return high + ln_of(even + odd);
}

}  // namespace kai::core
