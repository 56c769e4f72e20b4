// Makes the planned objects exist, in the size for a weight.
#pragma once

#include "base/reply.h"
#include "core/rollout/stamp.h"
#include "core/traffic/weight.h"
#include "edges/kube_workload/workload_data.h"
#include "kubeapi/client.h"

namespace kai::edges {

// By server-side apply, one after the other; a Deployment is never made smaller than it is.
// `rejected`: the server refuses one of them.
void bring_up_clones(kubeapi::Client& client, WorkloadData data, core::Weight size,
                     const core::Stamp& stamp, Reply<Unit> reply);

}  // namespace kai::edges
