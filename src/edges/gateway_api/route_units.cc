#include "edges/gateway_api/route_units.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace kai::edges {
namespace {

constexpr std::int64_t whole = core::Weight::hundredths_max;
constexpr std::int64_t loss_percent_max = 2;     // by rounding down
constexpr std::int64_t excess_percent_max = 10;  // by the one unit that is the least

// Both sides are kept as products: no division, no rounding of the check itself.
bool is_close(core::Weight step, std::int64_t total) {
  const std::int64_t asked = step.hundredths() * total;
  const std::int64_t given = canary_units(step, total) * whole;
  return (asked - given) * 100 <= loss_percent_max * asked &&
         (given - asked) * 100 <= loss_percent_max * asked;
}

bool is_honest(core::Weight step, std::int64_t total) {
  const std::int64_t asked = step.hundredths() * total;
  return (canary_units(step, total) * whole - asked) * 100 <= excess_percent_max * asked;
}

std::int64_t scale_max(std::int64_t stable, std::span<const std::int64_t> others) {
  std::int64_t largest = stable;
  for (const std::int64_t other : others) largest = std::max(largest, other);
  return std::max<std::int64_t>(1, route_units_max / largest);
}

std::int64_t smallest_multiplier(std::int64_t stable, std::int64_t multiplier_max,
                                 std::span<const core::Weight> steps) {
  for (std::int64_t multiplier = 1; multiplier < multiplier_max; ++multiplier) {
    const std::int64_t total = stable * multiplier;
    if (std::ranges::all_of(steps, [total](core::Weight step) { return is_close(step, total); }))
      return multiplier;
  }
  return multiplier_max;
}

Result<RouteScale> checked(RouteScale scale, std::span<const core::Weight> steps) {
  for (const core::Weight step : steps) {
    if (is_honest(step, scale.total)) continue;
    const core::Weight least = live_weight(1, scale.total - 1, {});
    return fail(ErrorKind::rejected, core::format_weight(step) +
                                         " is not possible with a total of " +
                                         std::to_string(scale.total) + "; the smallest step is " +
                                         core::format_weight(least));
  }
  return scale;
}

}  // namespace

Result<RouteScale> choose_route_scale(std::int64_t stable, std::span<const std::int64_t> others,
                                      std::span<const core::Weight> steps) {
  if (stable <= 0) {
    return fail(ErrorKind::rejected,
                "stable's entry has weight 0: the rule sends it nothing to share");
  }
  if (std::ranges::any_of(others, [](std::int64_t other) { return other < 0; })) {
    return fail(ErrorKind::rejected, "the rule has a negative weight");
  }
  const bool alone = std::ranges::all_of(others, [](std::int64_t other) { return other == 0; });
  if (alone) return checked({.multiplier = 1, .total = route_total_default}, steps);
  const std::int64_t multiplier = smallest_multiplier(stable, scale_max(stable, others), steps);
  return checked({.multiplier = multiplier, .total = stable * multiplier}, steps);
}

std::int64_t canary_units(core::Weight weight, std::int64_t total) {
  KAI_CHECK(total >= 1 && total <= route_units_max);
  if (weight.is_zero()) return 0;
  return std::max<std::int64_t>(1, weight.hundredths() * total / whole);
}

core::Weight live_weight(std::int64_t canary, std::int64_t stable,
                         std::span<const core::Weight> steps) {
  // Anybody may have written these; beyond the API's limit they mean "as much as can be".
  canary = std::clamp<std::int64_t>(canary, 0, route_units_max);
  stable = std::clamp<std::int64_t>(stable, 0, route_units_max);
  if (canary == 0) return core::Weight::zero();
  const std::int64_t total = canary + stable;
  if (total <= route_units_max) {
    for (const core::Weight step : steps) {
      if (canary_units(step, total) == canary) return step;
    }
  }
  return core::Weight::from_hundredths((canary * whole + total - 1) / total);
}

}  // namespace kai::edges
