// Port that faces inward: what may be shown of a rollout. Every screen, log line and JSON comes
// from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/judge/judge.h"
#include "core/judge/judge_log.h"
#include "core/rollout/observation.h"
#include "core/rollout/record.h"

namespace kai::ports {

struct ServiceView {
  std::string name;
  core::ServiceFacts facts;  // of the last check
};

struct RolloutView {
  core::Record record;                         // as last saved
  std::optional<core::RouteSeen> route;        // empty: unavailable
  std::optional<core::WorkloadSeen> workload;  // empty: unavailable
  std::optional<core::ReleaseSeen> release;
  std::vector<ServiceView> services;           // in configuration order
  std::vector<std::string> workloads;          // stable's, each once
  std::string evidence_sentence;               // last verdict, or why there is none
  std::uint64_t observed_canary_requests = 0;  // since the weight was applied
  std::uint64_t observed_all_requests = 0;
  Duration next_check{0};                 // until the next check; 0 when none is planned
  std::vector<core::JudgeEntry> judging;  // what judges were given and answered since the last view
};

// Something that happened, once. Kinds are glossary words: phase, step, weight, verdict, drift,
// error, note.
struct RolloutEvent {
  std::string kind;
  std::string code;      // machine-readable reason
  std::string sentence;  // for people
};

class RolloutViewer {
 public:
  virtual ~RolloutViewer() = default;
  // After each tick. Never blocks, never decides.
  virtual void show(const RolloutView& view, const std::vector<RolloutEvent>& events) = 0;
};

}  // namespace kai::ports
