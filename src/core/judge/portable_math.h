// Exponential and logarithm with the same bits on every machine: built from + - * / and bit moves
// only, because std::exp and std::log differ between C libraries. Branch-free, so that a loop over
// eight lanes vectorises without changing a bit. Only for code compiled with -ffp-contract=off.
#pragma once

#include <bit>
#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <span>

namespace kai::core {

static_assert(FLT_EVAL_METHOD == 0, "verdicts need binary64 without excess precision");

// A term of a sum that lies this far below the largest is zero: by rule, so that it may be skipped.
inline constexpr double negligible_nats = 50.0;
inline constexpr std::size_t lanes = 8;

// A loop over lanes, compiled twice: the program takes the wider registers where the machine has
// them. Nothing can be fused without FMA in the list, so the bits are the same. By g++ only, which
// builds what is shipped; under a sanitizer the choice would come before it is set up.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KAI_WIDE [[gnu::target_clones("avx2", "default")]]
#else
#define KAI_WIDE
#endif

// e^x for x in [-700, 700]; elsewhere anything. Relative error below 5e-16. Cody and Waite's
// reduction by k ln 2 (ln 2 in two parts, the first short enough for k times it to be exact), then
// the Taylor polynomial of degree 12: its first missing term is 1.7e-16 at |r| = ln 2 / 2.
[[nodiscard]] inline double exp_within(double x) {
  constexpr double rounder = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer
  const double shifted = x * 1.4426950408889634 + rounder;
  const double k = shifted - rounder;
  const double r = (x - k * 0x1.62e42feep-1) - k * 1.90821492927058770002e-10;
  double sum = 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  sum = sum * r + 1.0;
  sum = sum * r + 1.0;
  const std::uint64_t steps =
      std::bit_cast<std::uint64_t>(shifted) - std::bit_cast<std::uint64_t>(rounder);
  return sum * std::bit_cast<double>((steps + 1023U) << 52U);
}

// e^x for x <= 700; below -700 the value at -700.
[[nodiscard]] inline double exp_of(double x) { return exp_within(x < -700.0 ? -700.0 : x); }

// ln x for a positive, normal, finite x. Relative error below 2.3e-16. x = 2^k f with f in
// (sqrt(1/2), sqrt(2)], the series in s = f / (2 + f) and its coefficients of fdlibm's e_log.
[[nodiscard]] inline double ln_of(double x) {
  constexpr std::uint64_t root_half = std::uint64_t{0x3fe6a09e} << 32U;  // bits of sqrt(1/2)
  constexpr double two_52 = 4503599627370496.0;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t biased = (bits - root_half + (std::uint64_t{1024} << 52U)) >> 52U;
  const double k =
      std::bit_cast<double>(biased | std::bit_cast<std::uint64_t>(two_52)) - (two_52 + 1024.0);
  const double f = std::bit_cast<double>(bits - ((biased - 1024U) << 52U)) - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double w = z * z;
  const double even = w * (3.999999999940941908e-01 +
                           w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double odd = z * (6.666666666666735130e-01 +
                          w * (2.857142874366239149e-01 +
                               w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const double rest = odd + even;
  const double half_square = 0.5 * f * f;
  return k * 6.93147180369123816490e-01 -
         ((half_square - (s * (half_square + rest) + k * 1.90821492927058770002e-10)) - f);
}

// ln(1 + a) for a > -1. Relative error below 2.5e-16 (measured: 2.498e-16 near a = -2^-54, 2.31e-16
// elsewhere), also for small and negative a: the second term gives back what 1 + a lost.
[[nodiscard]] inline double log1p_of(double a) {
  const double sum = 1.0 + a;
  return ln_of(sum) + (a - (sum - 1.0)) / sum;
}

// ln(e^a + e^b). The smaller is nothing when more than `negligible_nats` below the larger.
[[nodiscard]] inline double add_in_logs(double a, double b) {
  const double high = a > b ? a : b;
  const double low = a > b ? b : a;
  if (low - high < -negligible_nats) return high;
  return high + log1p_of(exp_of(low - high));
}

// ln of the sum of e^term. `terms` is not empty, its length a multiple of `lanes`, all are finite.
// Lane i mod 8 sums its terms in order of i; the lanes are added as ((0+4)+(2+6))+((1+5)+(3+7)).
[[nodiscard]] double ln_sum_exp(std::span<const double> terms);

}  // namespace kai::core
