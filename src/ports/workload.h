// Port: bring up the canary beside stable, watch both, discard it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "core/judge/slice.h"
#include "core/plan/plan.h"
#include "core/rollout/observation.h"
#include "ports/finding.h"
#include "ports/release.h"

namespace kai::ports {

// A critical service, resolved: its Service, the one our clone will have, and the workloads behind
// both.
struct ServicePlan {
  std::string name;               // as the person named it
  std::string service;            // stable's Service
  std::string canary_service;     // ours
  std::string workload;           // stable's Deployment
  std::string canary_workload;    // ours
  std::uint16_t port = 0;         // Service port that is routed
  std::uint16_t canary_port = 0;  // the candidate's, if it changed
};

struct WorkloadPlan {
  Tree data;  // opaque; kept in the record
  std::string name_space;
  std::vector<ServicePlan> services;  // never empty
  std::vector<std::string>
      lines;  // what `plan` prints: each object of ours, selector keys that were rewritten
};

// A pod that counts requests.
struct PodTarget {
  std::uint32_t service = 0;  // index into WorkloadPlan::services
  core::Arm arm = core::Arm::baseline;
  std::string name;
  std::string address;  // pod IP; may be empty
  WallTime started_at;  // of its newest container start, on the API server's clock
  bool ready = false;
};

struct WorkloadState {
  core::WorkloadSeen seen;
  std::vector<PodTarget> pods;  // both arms, ready or not
};

// What is kept of a canary that is about to go.
struct Evidence {
  std::vector<std::string> lines;  // pod statuses, events, last and previous container logs, capped
};

// What a watch tells.
enum class WorkloadNews : std::uint8_t {
  changed,          // look with `observe`
  endpoints_fewer,  // some of a canary's Service are gone: look without waiting for your turn
  service_empty,    // the last ones of a canary's Service are gone: nothing need be asked to lower
};

// Destroying it stops the watch.
class Watching {
 public:
  virtual ~Watching() = default;
};

class Workload {
 public:
  virtual ~Workload() = default;
  // Selects workloads, closes their dependencies, plans clones, dry-runs every write. Checks P5, P6
  // (its part), P7, P15, P16, P18, P22 (shared volumes). Changes nothing.
  virtual void plan(const core::Plan& plan, const ReleasePlan& release,
                    Reply<Planned<WorkloadPlan>> reply) = 0;
  // Makes our objects exist in the size for `size`: idempotent, never makes them smaller, and
  // writes only what is not so yet. `rejected` when one of them is refused: by whom and why
  // is the whole message.
  virtual void bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                        Reply<Unit> reply) = 0;
  // Live state of both arms; `size` is what the canary should have pods for.
  virtual void observe(const Tree& plan, core::Weight size, Reply<WorkloadState> reply) = 0;
  // Logs, statuses and events of our pods, as they are now.
  virtual void evidence(const Tree& plan, Reply<Evidence> reply) = 0;
  // Removes every object of ours of this rollout. Idempotent. The answer is true when nothing is
  // left.
  virtual void discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) = 0;
  // Calls `tell` soon after pods or endpoints of either arm changed. What it does not tell may have
  // happened all the same: `observe` says how things stand.
  virtual std::unique_ptr<Watching> watch(const Tree& plan,
                                          std::move_only_function<void(WorkloadNews)> tell) = 0;
};

}  // namespace kai::ports
