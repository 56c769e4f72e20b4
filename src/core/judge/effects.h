// Effects: how many times as often the canary might fail. We do not know the size of a defect, so
// evidence bets on all of them at once. Grids and priors: docs/judge.md.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace kai::core {

inline constexpr std::size_t worse_effects = 24;
inline constexpr std::size_t healthier_effects = 16;

// Effects relative to a tolerance rho: an effect is psi = rho * ratio. The prior sums to 1.
struct EffectGrid {
  std::span<const double> ratio;     // psi / rho
  std::span<const double> ln_ratio;  // ln(psi / rho)
  std::span<const double> ln_prior;
};

// Upward: 1.1 * (1000 / 1.1)^(j/23), prior ~ ratio^(-2/3): small defects are commoner, and large
// ones need little evidence.
[[nodiscard]] const EffectGrid& worse_grid();
// Downward: from 1/1.1 to 1/100, prior ~ ratio^(2/3).
[[nodiscard]] const EffectGrid& healthier_grid();

// Effects against an absolute limit of the bad share: theta is the share that the bet is on.
struct LimitGrid {
  std::array<double, worse_effects> ln_bad;   // ln(theta / limit)
  std::array<double, worse_effects> ln_good;  // ln((1 - theta) / (1 - limit))
};

// 24 shares whose odds are log-spaced from 1.15 times the limit's odds to 999 (`above`), or from
// 1/1.15 to 1/100 of them (`below`). `limit` in [1e-6, 0.9]. Priors are equal.
[[nodiscard]] LimitGrid shares_above(double limit);
[[nodiscard]] LimitGrid shares_below(double limit);

}  // namespace kai::core
