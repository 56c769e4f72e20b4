#include "engine/judge_plan.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/judge/pace.h"
#include "core/judge/sequential_bridge.h"
#include "engine/plans.h"

namespace kai::engine {
namespace {

constexpr double least_scatter_raised = 2;  // with_floor raises to just that

ScatterSource source_of(const ports::Calibration& known) {
  if (known.pods < 2) return ScatterSource::assumed;
  return known.errors.front().dispersion == least_scatter_raised ? ScatterSource::raised
                                                                 : ScatterSource::learned;
}

Scatter scatter_of(const ports::Calibration* known, const core::SeriesSettings& series) {
  Scatter scatter{.points = series.dispersion};
  if (known == nullptr || known->errors.empty()) return scatter;
  scatter.source = source_of(*known);
  scatter.pods = known->pods;
  scatter.history = known->history;
  return scatter;
}

std::uint64_t intervals_in(Duration time, Duration interval) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(1, (time + interval / 2) / interval));
}

// The plan's steps as the judge counts them, without a service's own figures.
core::SimulatedRollout rollout_of(const core::Plan& plan, Duration interval) {
  core::SimulatedRollout rollout{.interval = interval, .steps = {}};
  for (const core::Step& step : plan.steps) {
    rollout.steps.push_back(
        {.weight = step.weight.share(), .intervals = intervals_in(step.bake_time, interval)});
  }
  const auto whole = plan.limits.warm_up / interval;
  const bool more = plan.limits.warm_up % interval > Duration{0};
  rollout.warm_up = static_cast<std::uint64_t>(whole + (more ? 1 : 0));
  return rollout;
}

// Series that compare the errors of a service, in the order of the services.
std::vector<std::size_t> error_series(const core::SequentialConfig& judge) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < judge.series.size(); ++i) {
    if (judge.series[i].kind == core::SeriesKind::error_share) found.push_back(i);
  }
  return found;
}

}  // namespace

JudgePlan judge_plan(const core::Record& record, const std::vector<std::uint32_t>& stable_pods) {
  const core::Plan& plan = record.plan;
  const core::JudgeConfig config = judge_config(plan, record.workload_plan, record.metric_plan);
  const core::SequentialConfig judge = core::sequential_config_of(config);
  const std::vector<ports::Calibration> learned = calibration(record.metric_plan);
  const std::vector<std::size_t> series = error_series(judge);
  const Duration interval = config.sequential.interval;
  const core::SimulatedRollout rollout = rollout_of(plan, interval);
  const core::Effort effort = core::effort_for(series.size(), judge.planned_intervals);
  JudgePlan all{.interval = interval, .persist = judge.persist, .services = {}};
  for (std::size_t i = 0; i < series.size(); ++i) {
    const ports::Calibration* const known = i < learned.size() ? &learned[i] : nullptr;
    ServiceJudgePlan service{.name = config.services[i].name,
                             .scatter = scatter_of(known, judge.series[series[i]]),
                             .known = std::nullopt};
    const double pods = i < stable_pods.size() ? stable_pods[i] : 0;
    const double rate = known == nullptr ? 0 : known->requests_per_second * pods;
    if (rate > 0) {
      core::PlannedRollout planned{.traffic = rollout,
                                   .judge = core::judge_of_one(judge, series[i])};
      planned.traffic.base = known->error_share;
      planned.traffic.requests_per_second = rate;
      service.known = ServicePower{.requests_per_second = rate,
                                   .error_share = known->error_share,
                                   .power = core::power_of(planned, effort)};
    }
    all.services.push_back(std::move(service));
  }
  return all;
}

}  // namespace kai::engine
