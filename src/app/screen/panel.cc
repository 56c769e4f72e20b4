#include "app/screen/panel.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/screen/words.h"
#include "core/judge/sentence.h"
#include "core/plan/pods_word.h"

namespace kai::app {
namespace {

using core::Phase;

constexpr int row_columns = 58;  // of a row of the table, without the name
constexpr int name_columns_min = 12;
constexpr int name_columns_max = 40;

// Nothing to add while it progresses: the step says it.
Span phase_span(const core::Record& record) {
  switch (record.phase) {
    case Phase::progressing:
      return {words_of(record)};
    case Phase::paused:
      return {"PAUSED at " + format_weight(record.authorised), Colour::attention};
    case Phase::promoting:
      return {"promoting", Colour::good};
    case Phase::promoted:
      return {"promoted", Colour::good};
    case Phase::rolled_back:
      return {is_over(record) ? "rolled back" : "rolling back", Colour::bad};
  }
  return {words_of(record)};
}

void add(Lines& lines, Lines more) { std::ranges::move(more, std::back_inserter(lines)); }

// What is worked on stands behind it, or below where the terminal is too narrow.
Lines answer_of(const core::Record& record, int width) {
  Line line{{fmt::format("{}/{}: ", record.plan.target.name_space, record.plan.target.release)},
            phase_span(record)};
  const std::string words = words_of(record);
  if (is_over(record) || is_paused(record)) return {std::move(line)};
  const std::string name = line.front().text, phase = line.back().text;
  if (phase != words) {
    const bool fits = width == 0 || columns_of(name + phase + ": " + words) <= width;
    if (!fits) {
      Lines lines{std::move(line)};
      add(lines, keyed("", words, Colour::none, width));
      return lines;
    }
    line.push_back({": " + words});
    return {std::move(line)};
  }
  if (width == 0 || columns_of(name + phase) <= width) return {std::move(line)};
  Lines lines{{{name}}};
  add(lines, keyed("", words, Colour::none, width));
  return lines;
}

std::string wait_text(const ports::RolloutView& view) {
  std::string text = waited(view.record);
  if (view.next_check > Duration::zero())
    text += (text.empty() ? "" : "; ") + ("next check in " + format_duration(view.next_check));
  return text;
}

std::string bar_of(core::Weight weight, bool utf8) {
  constexpr int cells = 16;
  const int full = static_cast<int>(weight.share() * cells + 0.5);
  std::string bar;
  for (int i = 0; i < cells; ++i) bar += utf8 ? (i < full ? "█" : "░") : (i < full ? "#" : ".");
  return bar;
}

std::string observed_text(const ports::RolloutView& view) {
  if (view.record.authorised.is_zero()) return "";
  if (view.observed_all_requests == 0) return "nothing counted yet";
  const double share = 100.0 * static_cast<double>(view.observed_canary_requests) /
                       static_cast<double>(view.observed_all_requests);
  return fmt::format("observed {:.1f}% of {} requests", share, view.observed_all_requests);
}

std::string milliseconds_text(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.0f} ms", *seconds * 1000) : "-";
}

// The numbers against the limits, in a word.
Span state_of(const core::ServiceFacts& facts, const core::Limits& limits) {
  if (!facts.success_percent) return {"nothing yet", Colour::attention};
  if (*facts.success_percent < limits.success_percent_min) return {"below limit", Colour::bad};
  if (!limits.latency_max) return {"holds", Colour::good};
  if (!facts.latency_seconds) return {"no latency", Colour::attention};
  return *facts.latency_seconds > seconds_of(*limits.latency_max) ? Span{"too slow", Colour::bad}
                                                                  : Span{"holds", Colour::good};
}

std::string name_of_width(const std::string& name, int width) {
  std::string cut = columns_of(name) <= width ? name : cut_to(name, width - 1) + "~";
  cut.resize(cut.size() + static_cast<std::size_t>(width - columns_of(cut)), ' ');
  return cut;
}

Line service_row(const ports::ServiceView& service, const core::Limits& limits, int name_width) {
  const double limit = limits.success_percent_min;
  const core::ServiceFacts& facts = service.facts;
  const Span state = state_of(facts, limits);
  const std::string success =
      facts.success_percent ? core::format_percent(*facts.success_percent, limit) : "-";
  const std::string latency_limit =
      limits.latency_max ? fmt::format("{} ms", *limits.latency_max / std::chrono::milliseconds(1))
                         : "-";
  return {
      {name_of_width(service.name, name_width) + "  "},
      {fmt::format("{:11}", state.text), state.colour},
      {fmt::format(" {:>8} {:>6} {:>9} {:>8} {:>9}", success, core::format_percent(limit, limit),
                   milliseconds_text(facts.latency_seconds), latency_limit, facts.requests)}};
}

int name_width_of(const std::vector<ports::ServiceView>& services, int width) {
  int longest = name_columns_min;
  for (const ports::ServiceView& service : services)
    longest = std::max(longest, columns_of(service.name));
  const int room = width == 0 ? name_columns_max : width - row_columns;
  return std::clamp(longest, name_columns_min, std::max(name_columns_min, room));
}

void add_services(Lines& lines, const ports::RolloutView& view, const Look& look) {
  if (view.services.empty()) return;
  const core::Limits& limits = view.record.plan.limits;
  std::vector<ports::ServiceView> services = view.services;
  if (services.size() > panel_services_max) {
    std::ranges::stable_partition(services, [&](const ports::ServiceView& service) {
      return state_of(service.facts, limits).colour != Colour::good;
    });
  }
  const int name_width = name_width_of(services, look.width);
  lines.push_back(
      {{fmt::format("{}  {:11} {:>8} {:>6} {:>9} {:>8} {:>9}", name_of_width("service", name_width),
                    "state", "success", "limit",
                    fmt::format("p{:g}", limits.latency_quantile * 100), "limit", "requests")}});
  for (std::size_t i = 0; i < std::min(services.size(), panel_services_max); ++i)
    lines.push_back(service_row(services[i], limits, name_width));
  if (services.size() > panel_services_max)
    lines.push_back({{fmt::format("and {} more", services.size() - panel_services_max)}});
}

std::string arm_text(const core::ArmSeen& arm) {
  if (arm.fatal) return arm.fatal->sentence;
  if (arm.ready) return "ready";
  return arm.any_service_empty ? "a service has no ready pod" : "not all ready";
}

std::string pods_text(const ports::RolloutView& view) {
  if (!view.workload) return "not seen";
  const core::ArmSeen& canary = view.workload->canary;
  const std::string stable = view.record.first_install ? "none" : arm_text(view.workload->stable);
  return fmt::format("canary: {}, {} {}   stable: {}", arm_text(canary), canary.restarts,
                     canary.restarts == 1 ? "restart" : "restarts", stable);
}

// What Ctrl-C does now.
std::string keys_text(const core::Record& record) {
  switch (record.phase) {
    case Phase::progressing:
    case Phase::paused:
      return "Ctrl-C aborts: weight 0, canary removed";
    case Phase::promoting:
      return "Ctrl-C aborts: the release returns to what it was, canary removed";
    case Phase::promoted:
    case Phase::rolled_back:
      return "Ctrl-C twice leaves everything as it is now";
  }
  return "";
}

}  // namespace

Lines panel_of(const ports::RolloutView& view, const Look& look) {
  const core::Record& record = view.record;
  Lines lines = answer_of(record, look.width);
  if (!record.reason.sentence.empty())
    add(lines, keyed("reason", record.reason.sentence, Colour::none, look.width));
  add(lines, keyed("weight",
                   fmt::format("{} {}   {}   {}", bar_of(record.authorised, look.utf8),
                               format_weight(record.authorised), applied_text(record),
                               observed_text(view)),
                   Colour::none, look.width, 2));
  if (const std::string wait = wait_text(view); !wait.empty())
    add(lines, keyed("wait", wait, Colour::none, look.width));
  // A reason that rests on the evidence has its words.
  if (!view.evidence_sentence.empty() && !record.reason.sentence.contains(view.evidence_sentence))
    add(lines, keyed("evidence", view.evidence_sentence, Colour::none, look.width));
  if (const std::string unknown = unknown_text(record); !unknown.empty())
    add(lines, keyed("unknown", unknown, Colour::attention, look.width));
  if (record.first_install)
    add(lines, keyed("baseline", "none: a first install is judged by absolute limits alone",
                     Colour::none, look.width));
  add_services(lines, view, look);
  add(lines, keyed(core::pods_word(view.record.plan), pods_text(view), Colour::none, look.width));
  add(lines, keyed("rollout",
                   fmt::format("{}   {}   for {}", record.rollout, versions_of(record),
                               format_duration(record.total)),
                   Colour::none, look.width));
  add(lines, keyed("keys", keys_text(record), Colour::none, look.width));
  return lines;
}

}  // namespace kai::app
