#include "edges/kube_events/event_words.h"

#include <fmt/format.h>

namespace kai::edges {
namespace {

using core::Phase;

std::string versions_of(const core::Record& record) {
  const std::string from = record.stable_version.empty() ? "(nothing)" : record.stable_version;
  return fmt::format("{} -> {}", from, record.canary_version.empty() ? "?" : record.canary_version);
}

std::string rollout_of(const core::Record& record) {
  return fmt::format("rollout {} of release {}, {}", record.rollout, record.plan.target.release,
                     versions_of(record));
}

std::string because_of(const core::Record& record) {
  return record.reason.sentence.empty() ? "" : ": " + record.reason.sentence;
}

std::string steps_of(const core::Plan& plan) {
  std::string steps;
  for (const core::Step& step : plan.steps)
    steps += (steps.empty() ? "" : ", ") + format_weight(step.weight);
  return steps;
}

ClusterEvent told(Regarding regarding, kubeapi::EventText text) {
  return {.regarding = regarding, .text = std::move(text)};
}

std::optional<ClusterEvent> of_phase(const core::Record& record) {
  const std::string note = rollout_of(record) + because_of(record);
  switch (record.phase) {
    case Phase::progressing:
      return told(Regarding::record, {.reason = "Resumed", .action = "Resume", .note = note});
    case Phase::paused:
      return told(Regarding::record_and_workloads,
                  {.warning = true,
                   .reason = "Paused",
                   .action = "Pause",
                   .note = fmt::format("at {}; {}", format_weight(record.authorised), note)});
    case Phase::promoting:
      return told(Regarding::record, {.reason = "Promoting", .action = "Promote", .note = note});
    case Phase::promoted:
      return told(Regarding::record_and_workloads,
                  {.reason = "Promoted", .action = "Promote", .note = note});
    case Phase::rolled_back:
      return told(Regarding::record_and_workloads,
                  {.warning = true, .reason = "RollingBack", .action = "RollBack", .note = note});
  }
  return std::nullopt;
}

// Told when all of it is undone, and not when it is decided.
std::optional<ClusterEvent> of_end(const core::Record& record) {
  if (record.phase != Phase::rolled_back) return std::nullopt;
  return told(Regarding::record,
              {.reason = "RolledBack",
               .action = "RollBack",
               .note = "no traffic for the canary, which is removed; " + rollout_of(record)});
}

std::optional<ClusterEvent> of_weight(const std::string& code, const core::Record& record,
                                      core::Weight before) {
  const std::string weight = format_weight(record.authorised);
  if (code == "applied" && !record.authorised.is_zero()) {
    return told(Regarding::record,
                {.reason = "WeightApplied",
                 .action = "Weigh",
                 .note = fmt::format("canary at {}; {}", weight, rollout_of(record))});
  }
  // With a phase of its own the lowering is told by it.
  if (code != "authorised" || record.authorised >= before || record.phase != Phase::progressing)
    return std::nullopt;
  return told(Regarding::record,
              {.warning = true,
               .reason = "WeightLowered",
               .action = "Weigh",
               .note = fmt::format("canary lowered from {} to {}; {}{}", format_weight(before),
                                   weight, rollout_of(record), because_of(record))});
}

}  // namespace

ClusterEvent beginning_of(const core::Record& record) {
  const bool fresh = record.stage == core::Stage::bring_up;
  return told(Regarding::record,
              {.reason = fresh ? "RolloutStarted" : "RolloutContinued",
               .action = "Start",
               .note = fmt::format("{}; steps {}", rollout_of(record), steps_of(record.plan))});
}

std::optional<ClusterEvent> cluster_event_of(const ports::RolloutEvent& event,
                                             const core::Record& record, core::Weight before) {
  if (event.kind == "phase") return of_phase(record);
  if (event.kind == "stage" && event.code == name_of(core::Stage::done)) return of_end(record);
  if (event.kind == "weight") return of_weight(event.code, record, before);
  if (event.kind != "drift") return std::nullopt;
  return told(Regarding::record, {.warning = true,
                                  .reason = "WeightDrift",
                                  .action = "Weigh",
                                  .note = event.sentence + "; " + rollout_of(record)});
}

}  // namespace kai::edges
