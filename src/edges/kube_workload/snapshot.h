// Snapshot: the objects of a namespace that an observation is made from, and who owns which pod.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/tree.h"

namespace kai::edges {

struct Snapshot {
  std::map<std::string, Tree> deployments;  // by name
  std::vector<Tree> replica_sets;
  std::vector<Tree> pods;
  std::vector<Tree> endpoint_slices;
};

// Pods of the Deployment's ReplicaSets, by owner and never by name. `newest_only`: of its newest
// ReplicaSet.
[[nodiscard]] std::vector<const Tree*> pods_of(const Snapshot& snapshot, const Tree& deployment,
                                               bool newest_only);

// Ready addresses that are not terminating, of all slices of a Service.
// Addresses of one EndpointSlice that may get requests: ready, and not about to leave.
[[nodiscard]] std::set<std::string> ready_addresses(const Tree& slice);
[[nodiscard]] std::uint32_t ready_endpoints(const Snapshot& snapshot, const std::string& service);

}  // namespace kai::edges
