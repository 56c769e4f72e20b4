// The plan of a canary on this machine.
#pragma once

#include "core/plan/plan.h"
#include "edges/local_workload/fleet.h"
#include "ports/workload.h"

namespace kai::edges {

// Changes nothing. `release` as planned by plan_release().
[[nodiscard]] Result<ports::Planned<ports::WorkloadPlan>> plan_workload(
    Fleet& fleet, const core::Plan& plan, const ports::ReleasePlan& release);

}  // namespace kai::edges
