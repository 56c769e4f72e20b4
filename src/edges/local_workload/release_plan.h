// The plan of a release on this machine: what is deployed, what shall be, and why that cannot
// begin.
#pragma once

#include "core/plan/plan.h"
#include "edges/local_workload/fleet.h"
#include "ports/release.h"

namespace kai::edges {

// Changes nothing. `plan.local` is there.
[[nodiscard]] Result<ports::Planned<ports::ReleasePlan>> plan_release(Fleet& fleet,
                                                                      const core::Plan& plan);

}  // namespace kai::edges
