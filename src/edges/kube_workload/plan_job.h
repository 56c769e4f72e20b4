// Plans the clones of a rollout, and tries every write of the plan by dry run.
#pragma once

#include "base/reply.h"
#include "core/plan/plan.h"
#include "kubeapi/client.h"
#include "ports/workload.h"

namespace kai::edges {

void plan_workload(kubeapi::Client& client, const core::Plan& plan,
                   const ports::ReleasePlan& release,
                   Reply<ports::Planned<ports::WorkloadPlan>> reply);

}  // namespace kai::edges
