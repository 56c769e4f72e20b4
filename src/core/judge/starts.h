// Starts: when a defect might have begun. We do not know it, so evidence bets on several moments;
// each start gets a share of the bet before the counts that it applies to are known.
#pragma once

#include <cstdint>

namespace kai::core {

inline constexpr std::uint32_t slots_max = 16;

// Shares of the bet, fixed for a rollout.
struct StartPlan {
  std::uint64_t planned_intervals = 0;  // N
  std::uint32_t planned_steps = 0;      // changes of weight after the first; more than 8 count as 0
  std::uint64_t spacing = 0;            // intervals between regular starts
  std::uint64_t regular = 0;            // number of regular starts: spacing, 2 spacing, ... < N
  double first_weight = 0;              // at position 0
  double regular_weight = 0;            // of each regular start
  double step_weight = 0;               // of each of the first `planned_steps` steps
};

// `spacing_min`: intervals in 60 s, rounded up. N >= 1.
[[nodiscard]] StartPlan plan_starts(std::uint64_t planned_intervals, std::uint32_t planned_steps,
                                    std::uint64_t spacing_min);

// Where one rollout is in its plan.
struct Starts {
  bool begun = false;
  std::uint64_t position = 0;  // intervals since the first frame with evidence
  std::uint64_t regular_used = 0;
  std::uint32_t steps_used = 0;
  std::uint64_t late_used = 0;
  std::uint64_t last_late = 0;  // position where the last late start opened
  double unstarted = 1;         // 1 - weights given: it counts as evidence 1

  // The weight of what is due at this frame, also of what a gap skipped; 0: nothing. The first call
  // is position 0; from then on the position grows by `span`.
  [[nodiscard]] double advance(const StartPlan& plan, std::uint32_t span, bool step_started);
};

}  // namespace kai::core
