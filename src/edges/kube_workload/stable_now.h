// Stable as it is, without a candidate: which services and pods a look at its past is about.
#pragma once

#include <vector>

#include "base/reply.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "kubeapi/client.h"
#include "ports/finding.h"
#include "ports/metric_history.h"

namespace kai::edges {

// `objects`: of the release's stored manifest. Of `plan` only the services count. Reads
// Deployments, ReplicaSets, pods and EndpointSlices of the namespace, and writes nothing.
void find_stable_now(kubeapi::Client& client, const core::Plan& plan,
                     const std::vector<Tree>& objects, const std::string& name_space,
                     Reply<ports::Planned<ports::StableNow>> reply);

}  // namespace kai::edges
