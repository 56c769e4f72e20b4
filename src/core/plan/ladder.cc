#include "core/plan/ladder.h"

#include <algorithm>

#include <fmt/format.h>

namespace kai::core {
namespace {

constexpr std::size_t steps_max = 100;
const Weight weight_default = Weight::from_hundredths(1000);
const Weight weight_max_default = Weight::from_hundredths(5000);

std::optional<Step> read_step(Reader& reader, const std::string& text) {
  const std::size_t colon = text.find(':');
  const auto weight = Weight::from_percent(text.substr(0, colon));
  if (!weight || weight->is_zero()) {
    reader.mistake_in("steps", fmt::format("'{}' is no weight above 0 and up to 100", text));
    return std::nullopt;
  }
  if (colon == std::string::npos) return Step{.weight = *weight};
  const auto time = parse_duration(text.substr(colon + 1), std::chrono::minutes(1));
  if (!time || *time == Duration::zero()) {
    reader.mistake_in("steps",
                      fmt::format("'{}' has no time such as 90s or 5m after the colon", text));
    return std::nullopt;
  }
  return Step{.weight = *weight, .bake_time = *time};
}

std::vector<Step> read_explicit(Reader& reader) {
  std::vector<Step> steps;
  for (const std::string& text : reader.list("steps")) {
    const auto step = read_step(reader, text);
    if (!step) continue;
    if (!steps.empty() && step->weight <= steps.back().weight) {
      reader.mistake_in("steps",
                        fmt::format("{} does not rise above {}", format_weight(step->weight),
                                    format_weight(steps.back().weight)));
    }
    steps.push_back(*step);
  }
  return steps;
}

std::vector<Step> rising(Reader& reader, Weight first, Weight by, Weight most) {
  std::vector<Step> steps;
  if (most < first) {
    reader.mistake_in("max-weight", fmt::format("{} is below the first weight {}",
                                                format_weight(most), format_weight(first)));
    return {{.weight = first}};
  }
  for (std::int64_t weight = first.hundredths(); weight <= most.hundredths();
       weight += by.hundredths()) {
    steps.push_back({.weight = Weight::from_hundredths(weight)});
    if (steps.size() > steps_max) break;
  }
  if (steps.size() > steps_max) {
    reader.mistake_in("step-weight",
                      fmt::format("{} makes more than {} steps", format_weight(by), steps_max));
  }
  return steps;
}

std::vector<Step> read_weights(Reader& reader) {
  if (!reader.list("steps").empty()) return read_explicit(reader);
  const Weight first = reader.percent("canary-weight").value_or(weight_default);
  if (first.is_zero()) {
    reader.mistake_in("canary-weight",
                      "a canary without any traffic proves nothing: give a weight above 0");
    return {{.weight = weight_default}};
  }
  const auto by = reader.percent("step-weight");
  if (by && by->is_zero())
    reader.mistake_in("step-weight", "0 never gets anywhere: leave it out for a constant weight");
  const bool constant =
      reader.is_on_command_line("canary-weight") && !reader.is_on_command_line("step-weight");
  if (constant || !by || by->is_zero()) return {{.weight = first}};
  return rising(reader, first, *by, reader.percent("max-weight").value_or(weight_max_default));
}

// What the timed steps leave over is shared evenly by the others.
void share_time(Reader& reader, std::vector<Step>& steps, const Timing& timing) {
  Duration left = timing.canary_time;
  std::int64_t untimed = 0;
  for (const Step& step : steps) {
    left -= step.bake_time;
    if (step.bake_time == Duration::zero()) ++untimed;
  }
  if (untimed == 0) return;
  if (timing.canary_time < 2 * timing.interval) return;  // said already: too short for any ladder
  const Duration share = left / untimed;
  if (share < timing.interval) {
    reader.mistake_in(
        "canary-time",
        fmt::format("{} is too short: each of {} steps needs at least one check interval of {}",
                    format_duration(timing.canary_time), steps.size(),
                    format_duration(timing.interval)));
    return;
  }
  for (Step& step : steps) {
    if (step.bake_time == Duration::zero()) step.bake_time = share;
  }
}

void check_highest(Reader& reader, const std::vector<Step>& steps) {
  const auto most = reader.percent("max-weight");
  const bool constant = reader.is_on_command_line("canary-weight");
  if (!most || steps.empty() || steps.back().weight <= *most || constant) return;
  reader.mistake_in("max-weight",
                    fmt::format("the steps go up to {}, above the highest weight {}",
                                format_weight(steps.back().weight), format_weight(*most)));
}

}  // namespace

std::vector<Step> read_ladder(Reader& reader, const Timing& timing) {
  std::vector<Step> steps = read_weights(reader);
  check_highest(reader, steps);
  share_time(reader, steps, timing);
  return steps;
}

}  // namespace kai::core
