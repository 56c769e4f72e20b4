#include "app/screen/progress.h"

#include <fmt/format.h>

#include "core/judge/sentence.h"
#include "core/rollout/advance.h"

namespace kai::app {
namespace {

using core::Phase;
using core::Stage;

std::string versions_of(const core::Record& record) {
  const std::string from = record.stable_version.empty() ? "(nothing)" : record.stable_version;
  return from + " -> " + (record.canary_version.empty() ? "?" : record.canary_version);
}

std::string step_text(const core::Record& record) {
  return fmt::format("step {}/{}", record.step + 1, record.plan.steps.size());
}

std::string of_stage(const core::Record& record) {
  switch (record.stage) {
    case Stage::bring_up:
      return "bringing the canary up; waiting for its pods";
    case Stage::attach:
      return "adding the canary to the route at 0%";
    case Stage::measure:
      return "waiting for the metrics of both versions";
    case Stage::size_up:
      return fmt::format("{}: making the canary big enough for {}", step_text(record),
                         format_weight(record.plan.steps[record.step].weight));
    case Stage::weigh:
      return fmt::format("{}: waiting until {} is applied", step_text(record),
                         format_weight(record.authorised));
    case Stage::bake:
      return fmt::format("{}: judging at {}, {} of {}", step_text(record),
                         format_weight(record.authorised), format_duration(record.bake_credit),
                         format_duration(record.plan.steps[record.step].bake_time));
    case Stage::give_back:
      return "giving the weight back before the upgrade";
    case Stage::detach:
      return "putting the route back as it was";
    case Stage::upgrade:
      return "helm upgrade with what was judged";
    case Stage::final_bake:
      return fmt::format("watching the upgraded release for {}",
                         format_duration(record.plan.timing.final_bake));
    case Stage::watch:
      return "watching the new release by absolute limits; no baseline";
    case Stage::revert:
      return "returning the release to revision " + std::to_string(record.start_revision);
    case Stage::zero:
      return "taking all weight from the canary";
    case Stage::drain:
      return "letting requests in flight finish";
    case Stage::restore:
      return "putting the route back as it was";
    case Stage::discard:
      return "removing the canary";
    case Stage::done:
      return "done";
  }
  return "";
}

std::string bar_of(core::Weight weight, bool utf8) {
  constexpr int cells = 16;
  const int full = static_cast<int>(weight.share() * cells + 0.5);
  std::string bar;
  for (int i = 0; i < cells; ++i) bar += utf8 ? (i < full ? "█" : "░") : (i < full ? "#" : ".");
  return bar;
}

std::string observed_text(const ports::RolloutView& view) {
  if (view.observed_all_requests == 0) return "observed nothing yet";
  const double share = 100.0 * static_cast<double>(view.observed_canary_requests) /
                       static_cast<double>(view.observed_all_requests);
  return fmt::format("observed {:.1f}% of {}", share, view.observed_all_requests);
}

std::string applied_text(const core::Record& record) {
  switch (record.applied) {
    case core::Applied::unknown:
      return "not confirmed";
    case core::Applied::bounded:
      return fmt::format("applied {}", format_weight(record.authorised));
    case core::Applied::verified:
      return fmt::format("applied {} (verified)", format_weight(record.authorised));
  }
  return "";
}

std::string milliseconds_text(const std::optional<double>& seconds) {
  return seconds ? fmt::format("{:.0f} ms", *seconds * 1000) : "-";
}

std::string service_row(const ports::ServiceView& service, const core::Limits& limits) {
  const double limit = limits.success_percent_min;
  const std::string success = service.facts.success_percent
                                  ? core::format_percent(*service.facts.success_percent, limit)
                                  : "-";
  const std::string latency_limit =
      limits.latency_max ? fmt::format("{} ms", *limits.latency_max / std::chrono::milliseconds(1))
                         : "-";
  return fmt::format("{:24.24} {:>8} {:>6} {:>9} {:>8} {:>9}", service.name, success,
                     core::format_percent(limit, limit),
                     milliseconds_text(service.facts.latency_seconds), latency_limit,
                     service.facts.requests);
}

std::string pods_text(const ports::RolloutView& view) {
  if (!view.workload) return "pods  unknown";
  const core::ArmSeen& canary = view.workload->canary;
  const std::string state = canary.fatal   ? canary.fatal->sentence
                            : canary.ready ? "ready"
                                           : "not ready";
  return fmt::format("pods  canary {}, {} restarts    stable {}", state, canary.restarts,
                     view.workload->stable.ready ? "ready" : "not ready");
}

std::string cut(const std::string& line, int width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U &&
        ++columns > static_cast<std::size_t>(width))
      return line.substr(0, i);
  }
  return line;
}

// What a person does about a pause.
std::string way_on(const core::Record& record) {
  const std::string& release = record.plan.target.release;
  return record.reason.code == "waits_for_promotion" ? "Promote with: kai-canary promote " + release
                                                     : "Resume with: kai-canary resume " + release;
}

// Some sentences of the judge say what happens and when by themselves; people look for them.
bool says_itself(const core::Reason& reason) {
  return reason.sentence.starts_with("ROLLBACK ") || reason.sentence.starts_with("NOT PROVED ");
}

// Paused and promoted are said by the sentence of the end.
std::optional<std::string> phase_line(const ports::RolloutEvent& event,
                                      const core::Record& record) {
  switch (record.phase) {
    case Phase::rolled_back:
      if (says_itself(record.reason)) return event.sentence;
      return fmt::format("rolling back after {}: {}", format_duration(record.total),
                         event.sentence);
    case Phase::promoting:
      return "every check passed: " + event.sentence;
    case Phase::progressing:
    case Phase::paused:
    case Phase::promoted:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::string words_of(const core::Record& record) {
  if (is_paused(record)) return "paused at " + format_weight(record.authorised);
  return of_stage(record);
}

std::optional<std::string> line_of(const ports::RolloutEvent& event,
                                   const ports::RolloutView& view) {
  const core::Record& record = view.record;
  if (event.kind == "phase") return phase_line(event, record);
  if (event.kind == "stage") return words_of(record);
  if (event.kind == "weight") return fmt::format("weight {} {}", event.sentence, event.code);
  if (event.kind == "verdict") return "check: " + event.sentence;
  if (event.kind == "drift") return "drift: " + event.sentence;
  if (event.kind == "reason") return event.sentence;
  if (event.kind == "error") return "error: " + event.sentence;
  return event.sentence.empty() ? std::nullopt : std::optional(event.sentence);
}

std::string heartbeat_of(const ports::RolloutView& view) {
  std::string text = fmt::format("{}; weight {}, {}", words_of(view.record),
                                 format_weight(view.record.authorised), applied_text(view.record));
  if (!view.evidence_sentence.empty()) text += "; " + view.evidence_sentence;
  return text;
}

std::string end_sentence(const core::Record& record) {
  const std::string after = format_duration(record.total);
  const int code = exit_code_of(record);
  if (code >= exit_not_confirmed)
    return fmt::format("NOT CONFIRMED: {}: {}", words_of(record), record.reason.sentence);
  switch (record.phase) {
    case Phase::promoted:
      return fmt::format("PROMOTED after {}: {}; {}", after, versions_of(record),
                         record.reason.sentence);
    case Phase::paused:
      return fmt::format("PAUSED: {}; weight {}. {}", record.reason.sentence,
                         format_weight(record.authorised), way_on(record));
    case Phase::rolled_back:
      if (record.end == core::End::aborted)
        return fmt::format("ABORTED after {}: {}; weight 0%, canary removed", after,
                           record.reason.sentence);
      if (record.end == core::End::promotion_failed) {
        return fmt::format("PROMOTION FAILED after {}: {}; stable is as it was", after,
                           record.reason.sentence);
      }
      if (record.end == core::End::not_proved && says_itself(record.reason))
        return record.reason.sentence + "; returned to stable";
      if (record.end == core::End::not_proved)
        return fmt::format("NOT PROVED after {}: {}; returned to stable", after,
                           record.reason.sentence);
      if (record.end == core::End::superseded)
        return fmt::format("SUPERSEDED after {}: {}; canary removed", after,
                           record.reason.sentence);
      if (record.end == core::End::refused)
        return fmt::format("REFUSED: {}; canary removed before any traffic",
                           record.reason.sentence);
      if (record.end == core::End::cannot_measure)
        return fmt::format("CANNOT MEASURE: {}; canary removed before any traffic",
                           record.reason.sentence);
      if (says_itself(record.reason)) return record.reason.sentence;
      return fmt::format("ROLLBACK after {}: {}", after, record.reason.sentence);
    case Phase::progressing:
    case Phase::promoting:
      break;
  }
  return words_of(record) + ": " + record.reason.sentence;
}

std::vector<std::string> panel_of(const ports::RolloutView& view, const PanelOptions& options) {
  const core::Record& record = view.record;
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}/{}  {}    rollout {}   {}   {}", record.plan.target.name_space,
                              record.plan.target.release, versions_of(record), record.rollout,
                              step_text(record), format_duration(record.total)));
  lines.push_back(fmt::format("weight   {} {}   {}   {}", bar_of(record.authorised, options.utf8),
                              format_weight(record.authorised), applied_text(record),
                              observed_text(view)));
  lines.push_back(fmt::format("{:24} {:>8} {:>6} {:>9} {:>8} {:>9}", "service", "success", "limit",
                              fmt::format("p{:g}", record.plan.limits.latency_quantile * 100),
                              "limit", "requests"));
  for (const ports::ServiceView& service : view.services)
    lines.push_back(service_row(service, record.plan.limits));
  lines.push_back(pods_text(view));
  lines.push_back(words_of(record) + (view.next_check > Duration::zero()
                                          ? "; next check in " + format_duration(view.next_check)
                                          : ""));
  if (!view.evidence_sentence.empty()) lines.push_back(view.evidence_sentence);
  lines.emplace_back("keys  Ctrl-C abort: weight 0, canary removed");
  for (std::string& line : lines) line = cut(line, options.width);
  return lines;
}

}  // namespace kai::app
