// Evidence of one interval: how well the counts fit "the canary is worse" against "it is not", as
// a logarithm. Sources: Lindon and Malek, arXiv 2011.03567, with a margin; docs/judge.md has the
// proof that nobody can win on average while the canary is no worse.
#pragma once

#include <cstdint>
#include <span>

#include "core/judge/effects.h"

namespace kai::core {

// Counts of one series in one interval; all zero = nothing was seen. For events (restarts) n and m
// are exposure in pod-seconds, and x > n is legal.
struct Counts {
  std::uint64_t n = 0;  // canary requests
  std::uint64_t x = 0;  // bad ones among them
  std::uint64_t m = 0;  // baseline requests
  std::uint64_t y = 0;  // bad ones among them

  friend bool operator==(const Counts&, const Counts&) = default;
};

// A canary share up to rho * b + delta is acceptable, b being the baseline's. rho >= 1, delta >= 0.
struct Tolerance {
  double rho = 1;
  double delta = 0;

  friend bool operator==(const Tolerance&, const Tolerance&) = default;
};

// Bets on "the canary fails psi times as often" against c <= rho b + delta (psi > rho), or against
// c >= rho b + delta (psi < rho). 0 when an arm saw nothing.
[[nodiscard]] double pair_evidence(const Counts& counts, const Tolerance& tolerance, double psi);

// The same for each effect of a grid. `out` has as many places as the grid.
void pair_evidence(const Counts& counts, const Tolerance& tolerance, const EffectGrid& grid,
                   std::span<double> out);

// Bets on the bad share `theta` of one arm against the limit. Both inside (0, 1).
[[nodiscard]] double limit_evidence(std::uint64_t x, std::uint64_t n, double theta, double limit);

// The same for each share of a grid; x <= n.
void limit_evidence(std::uint64_t x, std::uint64_t n, const LimitGrid& grid,
                    std::span<double, worse_effects> out);

}  // namespace kai::core
