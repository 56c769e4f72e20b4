// Units: from the weight of the canary to the integers that a rule of a route holds. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/traffic/weight.h"

namespace kai::edges {

// Largest weight that the Gateway API takes for one entry.
inline constexpr std::int64_t route_units_max = 1'000'000;
// Share of stable and canary together in a rule without other entries: one unit is 1/100 %.
inline constexpr std::int64_t route_total_default = 10'000;

// How a rule is scaled while our entry is in it. Other entries keep their share of the rule
// exactly.
struct RouteScale {
  std::int64_t multiplier = 1;               // of every other entry's weight
  std::int64_t total = route_total_default;  // units that stable and canary share; at least 1

  friend bool operator==(const RouteScale&, const RouteScale&) = default;
};

// `stable` is stable's weight in the rule, `others` those of all other entries, `steps` every
// weight that will be asked for. The smallest multiplier for which each step is met within 2 %.
// rejected: stable carries nothing, a weight is negative, or a step cannot be told from a larger
// one (one unit is over it by more than a tenth).
[[nodiscard]] Result<RouteScale> choose_route_scale(std::int64_t stable,
                                                    std::span<const std::int64_t> others,
                                                    std::span<const core::Weight> steps);

// Rounded down, so that stable gets the remainder; but a weight above zero is at least one unit.
[[nodiscard]] std::int64_t canary_units(core::Weight weight, std::int64_t total);

// The canary's share of what stable and canary get together. It is the smallest of `steps` that
// gives exactly these units, else rounded up: what is not known is never shown too small. Zero
// without units.
[[nodiscard]] core::Weight live_weight(std::int64_t canary, std::int64_t stable,
                                       std::span<const core::Weight> steps);

}  // namespace kai::edges
