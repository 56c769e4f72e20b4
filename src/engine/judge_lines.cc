#include "engine/judge_lines.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/judge/dispersion.h"
#include "core/judge/pace.h"
#include "core/judge/planning.h"
#include "core/judge/sequential_sentence.h"

namespace kai::engine {
namespace {

constexpr double longer_max = 64;  // times the planned time; beyond it nobody waits
constexpr double longer_step = 1.1;

Duration planned_time(const core::Plan& plan) {
  Duration time{0};
  for (const core::Step& step : plan.steps) time += step.bake_time;
  return time;
}

// The constant weight that brings the canary as many requests in that time.
double mean_weight(const core::Plan& plan) {
  double sum = 0;
  for (const core::Step& step : plan.steps) sum += step.weight.share() * seconds_of(step.bake_time);
  return sum / seconds_of(planned_time(plan));
}

std::optional<double> visible(const core::Plan& plan, const ServiceTraffic& service,
                              Duration interval, double longer) {
  const double seconds = longer * seconds_of(planned_time(plan));
  const ports::Calibration& known = service.calibration;
  return core::visible_regression(
      {.base = known.error_share,
       .weight = mean_weight(plan),
       .requests_per_second = known.requests_per_second * static_cast<double>(service.stable_pods),
       .seconds = seconds,
       .dispersion = core::dispersion_after(known.errors, seconds / seconds_of(interval)),
       .alpha = plan.limits.false_alarm_percent / 100,
       .tolerance = {.rho = plan.limits.tolerance_factor,
                     .delta = plan.limits.tolerance_points / 100}});
}

// How much longer it takes to see half of it; the tolerance itself can never be seen through.
std::string to_halve(const core::Plan& plan, const ServiceTraffic& service, Duration interval,
                     double now) {
  for (double longer = longer_step; longer <= longer_max; longer *= longer_step) {
    const auto then = visible(plan, service, interval, longer);
    if (!then || *then > now / 2) continue;
    const Duration time =
        std::chrono::seconds(std::llround(longer * seconds_of(planned_time(plan)) / 60) * 60);
    return fmt::format("; half of that takes {}", format_duration(time));
  }
  return "; more time does not halve that: it is near the tolerance";
}

std::string line_of(const core::Plan& plan, const ServiceTraffic& service, Duration interval) {
  const double rate =
      service.calibration.requests_per_second * static_cast<double>(service.stable_pods);
  if (!(rate > 0)) return service.name + ": its traffic is unknown, and so is what can be seen";
  const std::string traffic = fmt::format("{}: {:.1f} requests/s, {} errors", service.name, rate,
                                          core::bad_share_text(service.calibration.error_share));
  const auto now = visible(plan, service, interval, 1);
  const std::string time = format_duration(planned_time(plan));
  if (!now) return fmt::format("{}: {} reveal nothing", traffic, time);
  return fmt::format("{}: {} can reveal about +{:.2g}pp or worse, in 80 of 100 rollouts{}", traffic,
                     time, *now * 100, to_halve(plan, service, interval, *now));
}

}  // namespace

std::vector<std::string> judge_lines(const core::Plan& plan, Duration scrape_interval,
                                     const std::vector<ServiceTraffic>& services) {
  if (plan.limits.judge == core::JudgeRule::threshold) return {};
  const core::Limits& limits = plan.limits;
  const Duration interval = core::judge_interval(plan, scrape_interval);
  std::vector<std::string> lines{fmt::format(
      "sequential: compares the versions every {}; {} in a row must agree; tolerated {:g}x + "
      "{:g}pp; a version that is no worse is rolled back in at most {:g} of 100 rollouts",
      format_duration(interval), core::judge_persist(plan, interval), limits.tolerance_factor,
      limits.tolerance_points, limits.false_alarm_percent)};
  for (const ServiceTraffic& service : services) lines.push_back(line_of(plan, service, interval));
  return lines;
}

}  // namespace kai::engine
