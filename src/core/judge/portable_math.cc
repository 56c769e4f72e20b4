#include "core/judge/portable_math.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"

namespace kai::core {
namespace {

using Lanes = std::array<double, lanes>;

// What is called in a wide loop has to be part of it: a call would go to the narrow code. And terms
// are pointers there: a check of each index of a span would take them one by one.
[[gnu::always_inline]] inline double largest(const double* terms, std::size_t count) {
  Lanes high;
  for (std::size_t lane = 0; lane < lanes; ++lane) high[lane] = terms[lane];
  for (std::size_t i = lanes; i < count; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane)
      high[lane] = terms[i + lane] > high[lane] ? terms[i + lane] : high[lane];
  }
  return *std::ranges::max_element(high);
}

// In pairs: a chain of eight comparisons would wait for each of them.
[[gnu::always_inline]] inline double largest_of_eight(const Lanes& values) {
  std::array<double, lanes / 2> half;
  for (std::size_t i = 0; i < half.size(); ++i)
    half[i] = values[i] > values[i + half.size()] ? values[i] : values[i + half.size()];
  const double even = half[0] > half[2] ? half[0] : half[2];
  const double odd = half[1] > half[3] ? half[1] : half[3];
  return even > odd ? even : odd;
}

// Eight terms whose exponentials are all zero by rule cost eight comparisons.
[[gnu::always_inline]] inline void add_eight(const double* terms, double high, Lanes& sums) {
  Lanes below;
  for (std::size_t lane = 0; lane < lanes; ++lane) below[lane] = terms[lane] - high;
  if (largest_of_eight(below) < -negligible_nats) return;
  // Bits instead of a choice, which would be compiled to a branch, and then lane goes after lane.
  // What lies too far below for `exp_within` is nothing anyway.
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    const auto term = std::bit_cast<std::uint64_t>(exp_within(below[lane]));
    const std::uint64_t nothing =
        std::bit_cast<std::uint64_t>(below[lane] + negligible_nats) >> 63U;  // its sign
    sums[lane] += std::bit_cast<double>(term & (nothing - 1));
  }
}

}  // namespace

KAI_WIDE double ln_sum_exp(std::span<const double> terms) {
  KAI_CHECK(!terms.empty() && terms.size() % lanes == 0);
  const double* const first = terms.data();
  const double high = largest(first, terms.size());
  Lanes sums{};
  for (std::size_t i = 0; i < terms.size(); i += lanes) add_eight(first + i, high, sums);
  const double even = (sums[0] + sums[4]) + (sums[2] + sums[6]);
  const double odd = (sums[1] + sums[5]) + (sums[3] + sums[7]);
  return high + ln_of(even + odd);
}

}  // namespace kai::core
