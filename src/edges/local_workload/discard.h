// Removing what a rollout made and did not promote.
#pragma once

#include <memory>
#include <string>

#include "edges/local_workload/fleet.h"

namespace kai::edges {

// Stops the canary's processes and those that were stable before, forgets their backends and keeps
// their logs. True when none is left.
void discard_canary(const std::shared_ptr<Fleet>& fleet, const LocalPlan& plan,
                    const std::string& rollout, Reply<bool> reply);

}  // namespace kai::edges
