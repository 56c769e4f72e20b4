// Fetch: a snapshot of the namespace, live.
#pragma once

#include <string>

#include "base/reply.h"
#include "edges/kube_workload/snapshot.h"
#include "kubeapi/client.h"

namespace kai::edges {

// Deployments, ReplicaSets, pods and EndpointSlices, listed side by side. The first error counts.
// Urgent: without waiting behind other requests.
void fetch_snapshot(kubeapi::Client& client, const std::string& name_space, bool urgent,
                    Reply<Snapshot> reply);

}  // namespace kai::edges
