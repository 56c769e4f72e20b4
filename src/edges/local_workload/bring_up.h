// Starting a canary's processes beside stable's.
#pragma once

#include <memory>
#include <string>

#include "core/traffic/weight.h"
#include "edges/local_workload/fleet.h"

namespace kai::edges {

// Stops what earlier rollouts left, starts what is missing of stable and of the canary in the size
// for `size`, and answers; those that are healthy are published once none of their version is still
// starting. Never makes anything smaller.
void bring_up_canary(const std::shared_ptr<Fleet>& fleet, LocalPlan plan, core::Weight size,
                     std::string rollout, Reply<Unit> reply);

}  // namespace kai::edges
