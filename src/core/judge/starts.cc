#include "core/judge/starts.h"

#include <algorithm>
#include <cstdint>

namespace kai::core {
namespace {

constexpr std::uint32_t steps_max = 8;
constexpr double first_mass = 0.6;
constexpr double regular_mass = 0.36;  // shared with the steps when there are any
constexpr double late_mass = 0.04;
constexpr double nothing = 1e-12;

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

double late_weight(std::uint64_t number) {
  const auto j = static_cast<double>(number);
  return late_mass / (j * (j + 1));
}

}  // namespace

StartPlan plan_starts(std::uint64_t planned_intervals, std::uint32_t planned_steps,
                      std::uint64_t spacing_min) {
  const std::uint32_t steps = planned_steps > steps_max ? 0 : planned_steps;
  const double mass = steps == 0 ? regular_mass : regular_mass / 2;
  StartPlan plan{
      .planned_intervals = planned_intervals,
      .planned_steps = steps,
      .spacing = std::max(spacing_min, ceil_divide(planned_intervals, slots_max - steps)),
      .first_weight = first_mass};
  plan.regular = (planned_intervals - 1) / plan.spacing;
  if (plan.regular == 0) {
    plan.first_weight += mass;
  } else {
    plan.regular_weight = mass / static_cast<double>(plan.regular);
  }
  if (steps > 0) plan.step_weight = mass / static_cast<double>(steps);
  return plan;
}

double Starts::advance(const StartPlan& plan, std::uint32_t span, bool step_started) {
  double weight = 0;
  if (!begun) {
    begun = true;
    weight = plan.first_weight;
  } else {
    position += span;
    while (regular_used < plan.regular && (regular_used + 1) * plan.spacing <= position) {
      ++regular_used;
      weight += plan.regular_weight;
    }
    if (step_started && steps_used < plan.planned_steps) {
      ++steps_used;
      weight += plan.step_weight;
    }
    if (position >= plan.planned_intervals &&
        (late_used == 0 || position - last_late >= plan.spacing)) {
      last_late = position;
      weight += late_weight(++late_used);
    }
  }
  unstarted -= weight;
  if (unstarted < nothing) unstarted = 0;
  return weight;
}

}  // namespace kai::core
