// Power: the smallest regression that a planned rollout finds, by simulating it with the judge
// itself, and what it would take to find one half as large. The formula beside it is in planning.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/judge/sequential.h"
#include "core/judge/simulated_traffic.h"

namespace kai::core {

struct PlannedRollout {
  SimulatedRollout traffic;
  // One critical series of weight 1 that SequentialRule takes. Intervals and steps are those of
  // `traffic`, whatever is planned here; absolute limits are left out.
  SequentialConfig judge;
};

// The judge of many series as it looks to one of them. The others are healthy and add nothing to
// the evidence, so this one alone has to make the proof from its share of the pool.
[[nodiscard]] SequentialConfig judge_of_one(const SequentialConfig& pooled, std::size_t series);

// More than the baseline's share, as a share; empty: not even a canary that always fails is found.
struct Found {
  std::optional<double> usually;        // in 80 % of the rollouts
  std::optional<double> almost_always;  // in 95 %
};

// How many times as much it takes to find half of `Power::whole.usually` as often. Empty: the most
// that was tried does not.
struct Halving {
  static constexpr double factor_max = 64;   // that is tried
  static constexpr double weight_max = 0.5;  // beyond it the baseline gets too small
  bool tolerated = false;                    // half of it is inside the tolerance
  std::optional<double> time;                // of every step
  std::optional<double> requests;            // per second
  std::optional<double> weight;  // of every step, each up to `weight_max` or what it was
};

struct Power {
  Found first_step;                // before it ends
  Found whole;                     // before the rollout ends
  std::optional<Halving> halving;  // when there is something to halve
};

struct Effort {
  std::size_t runs = 1500;         // rollouts per difference that is tried
  std::size_t runs_halving = 400;  // ... per factor
  std::uint64_t frames_max = 240;  // of one rollout; a longer one gets longer frames
};

// For so many services at once: as many runs as keep a plan quick, a tenth of them at least.
// `intervals`: of the whole rollout.
[[nodiscard]] Effort effort_for(std::size_t services, std::uint64_t intervals);

// Takes a second or two for one service (docs/decisions.md has the measurement).
[[nodiscard]] Power power_of(const PlannedRollout& planned, const Effort& effort);

}  // namespace kai::core
