// Arms: what both sides of a rollout look like in a snapshot. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "core/traffic/weight.h"
#include "edges/kube_workload/snapshot.h"
#include "ports/workload.h"

namespace kai::edges {

// What was planned for one service, as kept in the record.
struct ServiceArm {
  std::string name, service, canary_service, workload, canary_workload;
  // Of the manifests, in the form the server gave them where it was asked (else as rendered).
  Tree candidate_template;
  Tree stable_template;  // null on a first install
};

// The candidate has another pod template than stable.
[[nodiscard]] bool changes_template(const ServiceArm& service);

// A pull that fails for so long has failed twice: the kubelet first waits for ten seconds before it
// tries again, and says that it waits (ImagePullBackOff) when it looks at the pod meanwhile.
inline constexpr Duration pull_error_max = std::chrono::seconds(12);

// What one look hands to the next. Kept by the edge.
struct ArmsMemory {
  // Of the canary's containers, per workload and container, since it first ran.
  std::map<std::string, std::string> digests;
  // Pods whose image could not be pulled, since the look that found it first.
  std::map<std::string, SteadyTime> pull_errors;
};

[[nodiscard]] ports::WorkloadState state_of(const std::vector<ServiceArm>& services,
                                            const Snapshot& snapshot, core::Weight size,
                                            std::uint32_t fixed_pods, SteadyTime now,
                                            ArmsMemory& memory);

// Pods that are ready of stable's Deployment, at least one.
[[nodiscard]] std::uint32_t stable_ready_pods(const Snapshot& snapshot,
                                              const std::string& workload);

}  // namespace kai::edges
