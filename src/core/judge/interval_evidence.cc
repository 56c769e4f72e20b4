#include "core/judge/interval_evidence.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/judge/effects.h"
#include "core/judge/portable_math.h"

namespace kai::core {
namespace {

// One interval with its tolerance, as the formula wants it: a bet with q = D / (D + d).
struct Terms {
  double n, x, y;
  double rho;
  double scale;   // D = rho n + m
  double margin;  // delta m / rho

  Terms(const Counts& counts, const Tolerance& tolerance)
      : n(static_cast<double>(counts.n)),
        x(static_cast<double>(counts.x)),
        y(static_cast<double>(counts.y)),
        rho(tolerance.rho),
        scale(tolerance.rho * n + static_cast<double>(counts.m)),
        margin(tolerance.delta * static_cast<double>(counts.m) / tolerance.rho) {}

  [[nodiscard]] double of(double psi_above_rho, double ln_ratio) const {
    const double d = psi_above_rho * n;
    const double ln_q = -log1p_of(d / scale);
    const double q_minus_one = -d / (scale + d);
    return x * (ln_ratio + ln_q) + y * ln_q + margin * q_minus_one;
  }
};

}  // namespace

double pair_evidence(const Counts& counts, const Tolerance& tolerance, double psi) {
  if (counts.n == 0 || counts.m == 0) return 0;
  return Terms(counts, tolerance).of(psi - tolerance.rho, ln_of(psi / tolerance.rho));
}

KAI_WIDE void pair_evidence(const Counts& counts, const Tolerance& tolerance,
                            const EffectGrid& grid, std::span<double> out) {
  if (counts.n == 0 || counts.m == 0) {
    for (double& value : out) value = 0;
    return;
  }
  const Terms terms(counts, tolerance);
  for (std::size_t first = 0; first < out.size(); first += lanes) {
    // Copies that nobody else can write to: only then are several effects taken at once.
    std::array<double, lanes> ratio, ln_ratio, values;
    std::copy_n(grid.ratio.begin() + static_cast<std::ptrdiff_t>(first), lanes, ratio.begin());
    std::copy_n(grid.ln_ratio.begin() + static_cast<std::ptrdiff_t>(first), lanes,
                ln_ratio.begin());
    for (std::size_t lane = 0; lane < lanes; ++lane)
      values[lane] = terms.of(terms.rho * (ratio[lane] - 1.0), ln_ratio[lane]);
    std::ranges::copy(values, out.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

double limit_evidence(std::uint64_t x, std::uint64_t n, double theta, double limit) {
  return static_cast<double>(x) * ln_of(theta / limit) +
         static_cast<double>(n - x) * ln_of((1.0 - theta) / (1.0 - limit));
}

void limit_evidence(std::uint64_t x, std::uint64_t n, const LimitGrid& grid,
                    std::span<double, worse_effects> out) {
  const auto bad = static_cast<double>(x);
  const auto good = static_cast<double>(n - x);
  for (std::size_t j = 0; j < worse_effects; ++j) {
    out[j] = bad * grid.ln_bad[j] + good * grid.ln_good[j];
  }
}

}  // namespace kai::core
