#include "core/judge/power.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/xoshiro.h"
#include "core/judge/found_search.h"
#include "core/judge/sequential.h"

namespace kai::core {
namespace {

constexpr double usual = 0.80;
constexpr double almost_always = 0.95;
constexpr double factor_step = 1.1;
constexpr double frames_quick = 120;  // of all services together
constexpr double effort_min = 0.1;
constexpr std::uint64_t intervals_max = 1'000'000;  // that a judge can plan

// One plan's judge on its traffic, again and again.
class Simulation {
 public:
  // Looks for the verdict in the first `steps` steps.
  Simulation(const PlannedRollout& planned, std::size_t steps, std::uint64_t frames_max)
      : judge_(planned.judge), traffic_(first_steps(planned.traffic, steps), frames_max) {
    std::uint64_t intervals = 0;
    for (const SimulatedStep& step : planned.traffic.steps) intervals += step.intervals;
    judge_.planned_intervals = std::min(intervals, intervals_max);
    judge_.planned_steps = static_cast<std::uint32_t>(planned.traffic.steps.size() - 1);
    judge_.interval = planned.traffic.interval;
    judge_.gates.clear();
  }

  bool finds(std::uint64_t seed, double difference) {
    if (difference != difference_) traffic_.set_difference(difference_ = difference);
    auto rule = SequentialRule::create(judge_);
    KAI_CHECK(rule.has_value());
    Xoshiro chance(seed);
    for (std::size_t frame = 0; frame < traffic_.frames(); ++frame) {
      const SimulatedTraffic::Moment moment = traffic_.at(frame, chance);
      const SequentialVerdict verdict =
          rule->observe({.sequence = frame + 1,
                         .span = moment.span,
                         .step_started = moment.step_started,
                         .weight_ppm = static_cast<std::uint32_t>(std::lround(moment.weight * 1e6)),
                         .series = std::span(&moment.counts, 1),
                         .young = {},
                         .values = {}});
      if (verdict.outcome == Outcome::fail) return true;
    }
    return false;
  }

 private:
  static SimulatedRollout first_steps(SimulatedRollout rollout, std::size_t steps) {
    rollout.steps.resize(std::min(steps, rollout.steps.size()));
    return rollout;
  }

  SequentialConfig judge_;
  SimulatedTraffic traffic_;
  double difference_ = -1;
};

Found found_in(const PlannedRollout& planned, std::size_t steps, const Effort& effort) {
  Simulation simulation(planned, steps, effort.frames_max);
  FoundSearch search(
      [&](std::uint64_t seed, double difference) { return simulation.finds(seed, difference); },
      planned.traffic.base, effort.runs);
  Found found{.usually = search.smallest(usual), .almost_always = std::nullopt};
  if (found.usually) found.almost_always = search.smallest(almost_always);
  return found;
}

bool is_usually_found(const PlannedRollout& planned, double difference, const Effort& effort) {
  Simulation simulation(planned, planned.traffic.steps.size(), effort.frames_max);
  std::size_t found = 0, looked = 0;
  for (const std::uint64_t seed : simulation_seeds(effort.runs_halving)) {
    if (simulation.finds(seed, difference)) ++found;
    if (const auto reached = is_reached(usual, found, ++looked, effort.runs_halving))
      return *reached;
  }
  return false;
}

// The smallest factor that makes the difference usually found. `change(planned, factor)`.
template <class Change>
std::optional<double> factor_for(const PlannedRollout& planned, double difference,
                                 const Effort& effort, Change change) {
  std::vector<double> factors{factor_step};
  while (factors.back() * factor_step <= Halving::factor_max)
    factors.push_back(factors.back() * factor_step);
  const auto is_enough = [&](double factor) {
    return is_usually_found(change(planned, factor), difference, effort);
  };
  if (!is_enough(factors.back())) return std::nullopt;
  // The last one is enough, so the search ends there at the latest.
  return *std::ranges::partition_point(factors.begin(), factors.end() - 1,
                                       [&](double factor) { return !is_enough(factor); });
}

PlannedRollout longer(PlannedRollout planned, double factor) {
  for (SimulatedStep& step : planned.traffic.steps) {
    step.intervals =
        static_cast<std::uint64_t>(std::llround(static_cast<double>(step.intervals) * factor));
  }
  return planned;
}

PlannedRollout busier(PlannedRollout planned, double factor) {
  planned.traffic.requests_per_second *= factor;
  return planned;
}

PlannedRollout heavier(PlannedRollout planned, double factor) {
  for (SimulatedStep& step : planned.traffic.steps)
    step.weight = std::max(step.weight, std::min(Halving::weight_max, step.weight * factor));
  return planned;
}

Halving halving_of(const PlannedRollout& planned, double difference, const Effort& effort) {
  const Tolerance& tolerance = planned.judge.series.front().tolerance;
  const double base = planned.traffic.base;
  if (base + difference <= tolerance.rho * base + tolerance.delta)
    return {.tolerated = true, .time = {}, .requests = {}, .weight = {}};
  return {.time = factor_for(planned, difference, effort, longer),
          .requests = factor_for(planned, difference, effort, busier),
          .weight = factor_for(planned, difference, effort, heavier)};
}

}  // namespace

SequentialConfig judge_of_one(const SequentialConfig& pooled, std::size_t series) {
  SequentialConfig judge = pooled;
  judge.series = {pooled.series[series]};
  judge.gates.clear();
  judge.values.clear();
  // With its share v beside the others' 1 - v it has to reach (1/alpha + v) / v = 1/(alpha v) + 1.
  judge.alpha *= judge.series.front().weight;
  judge.series.front().weight = 1;
  return judge;
}

Effort effort_for(std::size_t services, std::uint64_t intervals) {
  Effort effort;
  const double frames =
      static_cast<double>(services) * static_cast<double>(std::min(intervals, effort.frames_max));
  const double part = std::clamp(frames_quick / std::max(1.0, frames), effort_min, 1.0);
  const auto some_of = [part](std::size_t runs) {
    return static_cast<std::size_t>(std::lround(part * static_cast<double>(runs)));
  };
  effort.runs = some_of(effort.runs);
  effort.runs_halving = some_of(effort.runs_halving);
  return effort;
}

Power power_of(const PlannedRollout& planned, const Effort& effort) {
  const std::size_t steps = planned.traffic.steps.size();
  Power power{.first_step = {}, .whole = found_in(planned, steps, effort), .halving = {}};
  power.first_step = steps == 1 ? power.whole : found_in(planned, 1, effort);
  if (power.whole.usually) power.halving = halving_of(planned, *power.whole.usually / 2, effort);
  return power;
}

}  // namespace kai::core
