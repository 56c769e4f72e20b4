#include "app/screen/judge_plan.h"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/judge/sequential_sentence.h"

namespace kai::app {
namespace {

Duration whole_time(const core::Plan& plan) {
  Duration time{0};
  for (const core::Step& step : plan.steps) time += step.bake_time;
  return time;
}

std::string points_text(double share) { return fmt::format("+{:.2g}pp", share * 100); }

std::string found_text(const core::Found& found) {
  if (!found.usually)
    return "finds nothing in 80 of 100 rollouts, not even a version that always fails";
  const std::string surely = found.almost_always ? points_text(*found.almost_always) + " in 95"
                                                 : std::string("nothing in 95");
  return fmt::format("finds {} or worse in 80 of 100 rollouts, {}", points_text(*found.usually),
                     surely);
}

std::string scatter_text(const engine::Scatter& scatter, Duration interval) {
  std::string text;
  for (const core::DispersionPoint& point : scatter.points) {
    const Duration age = interval * static_cast<std::int64_t>(point.intervals);
    text += text.empty() ? fmt::format("{:.1f} times chance", point.dispersion)
                         : fmt::format(", {:.1f}", point.dispersion);
    if (scatter.points.size() > 1) text += " over " + format_duration(age);
  }
  switch (scatter.source) {
    case engine::ScatterSource::learned:
      return text + fmt::format(" (learned from {} pods, last {})", scatter.pods,
                                format_duration(scatter.history));
    case engine::ScatterSource::raised:
      return text + fmt::format(
                        " (learned from {} pods, last {}, and taken as 2 where it was "
                        "less: two pods or fewer than 50 errors show too little)",
                        scatter.pods, format_duration(scatter.history));
    case engine::ScatterSource::assumed:
      return text + " (assumed: nothing could be learned from stable's pods)";
  }
  return text;
}

std::string halving_text(const core::Halving& halving, double share, Duration time) {
  const std::string half = "half of " + points_text(share);
  if (halving.tolerated) return half + " is tolerated: it is not looked for";
  std::string ways;
  const auto add = [&](const std::string& way) { ways += (ways.empty() ? "" : ", or ") + way; };
  if (halving.time) {
    const auto seconds = std::chrono::round<std::chrono::seconds>(
        std::chrono::duration<double>(seconds_of(time) * *halving.time));
    add(fmt::format("{:.2g}x the time ({})", *halving.time, format_duration(seconds)));
  }
  if (halving.requests) add(fmt::format("{:.2g}x the requests", *halving.requests));
  if (halving.weight) add(fmt::format("{:.2g}x the weights", *halving.weight));
  const double most = core::Halving::weight_max * 100;
  if (ways.empty())
    return fmt::format(
        "{} is too near the tolerance: neither {:g}x the time or the requests nor "
        "weights of {:g}% find it",
        half, core::Halving::factor_max, most);
  if (!halving.weight) ways += fmt::format("; weights of {:g}% alone are not enough", most);
  return fmt::format("{} takes {}", half, ways);
}

void add_service(Lines& lines, const core::Plan& plan, const engine::ServiceJudgePlan& service,
                 Duration interval) {
  const auto add = [&](const std::string& text) { lines.push_back({{text}}); };
  if (!service.known) {
    add(service.name + ": its traffic is not known, and so is what can be found");
    add("  scatter of healthy pods: " + scatter_text(service.scatter, interval));
    return;
  }
  const auto& [rate, share, power] = *service.known;
  const core::Step& first = plan.steps.front();
  const core::Step& last = plan.steps.back();
  const Duration time = whole_time(plan);
  add(fmt::format("{}: {:.1f} requests/s, {} errors; in simulated rollouts:", service.name, rate,
                  core::bad_share_text(share)));
  if (plan.steps.size() > 1) {
    add(fmt::format("  first step, {} for {}: {}", format_weight(first.weight),
                    format_duration(first.bake_time), found_text(power.first_step)));
  }
  const std::string whole =
      plan.steps.size() > 1
          ? fmt::format("whole rollout, up to {} in {}", format_weight(last.weight),
                        format_duration(time))
          : fmt::format("{} for {}", format_weight(last.weight), format_duration(time));
  add(fmt::format("  {}: {}", whole, found_text(power.whole)));
  add("  scatter of healthy pods: " + scatter_text(service.scatter, interval));
  if (power.halving) add("  " + halving_text(*power.halving, *power.whole.usually, time));
}

// Digits behind these are chance.
double rounded(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

double points_of(double share) { return rounded(share * 100, 3); }

Tree found_tree(const core::Found& found, core::Weight weight, Duration time) {
  Tree tree;
  tree.set("weightPercent", static_cast<double>(weight.hundredths()) / 100);
  tree.set("seconds", seconds_of(time));
  if (found.usually) tree.set("pointsIn80", points_of(*found.usually));
  if (found.almost_always) tree.set("pointsIn95", points_of(*found.almost_always));
  return tree;
}

std::string_view name_of(engine::ScatterSource source) {
  switch (source) {
    case engine::ScatterSource::learned:
      return "learned";
    case engine::ScatterSource::raised:
      return "raised";
    case engine::ScatterSource::assumed:
      return "assumed";
  }
  return "assumed";
}

Tree scatter_tree(const engine::Scatter& scatter) {
  Tree tree;
  tree.set("source", name_of(scatter.source));
  if (scatter.source != engine::ScatterSource::assumed) {
    tree.set("pods", std::int64_t{scatter.pods});
    tree.set("historySeconds", seconds_of(scatter.history));
  }
  Tree& points = tree.set("points", Tree::list());
  for (const core::DispersionPoint& point : scatter.points) {
    Tree& item = points.push_back(Tree::map());
    item.set("intervals", point.intervals);
    item.set("timesChance", point.dispersion);
  }
  return tree;
}

Tree halving_tree(const core::Halving& halving) {
  Tree tree;
  tree.set("tolerated", halving.tolerated);
  if (halving.time) tree.set("timeFactor", rounded(*halving.time, 2));
  if (halving.requests) tree.set("requestsFactor", rounded(*halving.requests, 2));
  if (halving.weight) tree.set("weightFactor", rounded(*halving.weight, 2));
  return tree;
}

Tree service_tree(const core::Plan& plan, const engine::ServiceJudgePlan& service) {
  Tree tree;
  tree.set("service", service.name);
  tree.set("scatter", scatter_tree(service.scatter));
  if (!service.known) return tree;
  const core::Power& power = service.known->power;
  tree.set("requestsPerSecond", service.known->requests_per_second);
  tree.set("errorPercent", service.known->error_share * 100);
  tree.set("firstStep",
           found_tree(power.first_step, plan.steps.front().weight, plan.steps.front().bake_time));
  tree.set("wholeRollout", found_tree(power.whole, plan.steps.back().weight, whole_time(plan)));
  if (power.halving) tree.set("toHalve", halving_tree(*power.halving));
  return tree;
}

}  // namespace

Lines judge_plan_lines(const core::Plan& plan, const engine::JudgePlan& judge) {
  const core::Limits& limits = plan.limits;
  Lines lines{{{fmt::format(
      "sequential: compares the versions every {}; {} in a row must agree; tolerated {:g}x + "
      "{:g}pp; a version that is no worse is rolled back in at most {:g} of 100 rollouts",
      format_duration(judge.interval), judge.persist, limits.tolerance_factor,
      limits.tolerance_points, limits.false_alarm_percent)}}};
  for (const engine::ServiceJudgePlan& service : judge.services)
    add_service(lines, plan, service, judge.interval);
  return lines;
}

Tree judge_plan_tree(const core::Plan& plan, const engine::JudgePlan& judge) {
  Tree tree;
  tree.set("rule", "sequential");
  tree.set("intervalSeconds", seconds_of(judge.interval));
  tree.set("intervalsAgreeing", std::int64_t{judge.persist});
  tree.set("toleratedFactor", plan.limits.tolerance_factor);
  tree.set("toleratedPoints", plan.limits.tolerance_points);
  tree.set("falseAlarmPercent", plan.limits.false_alarm_percent);
  Tree& services = tree.set("services", Tree::list());
  for (const engine::ServiceJudgePlan& service : judge.services)
    services.push_back(service_tree(plan, service));
  return tree;
}

}  // namespace kai::app
