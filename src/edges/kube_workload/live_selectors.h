// Live selectors of a namespace that could catch the canary's pods.
#pragma once

#include <string>
#include <vector>

#include "base/reply.h"
#include "edges/kube_workload/overlap.h"
#include "kubeapi/client.h"

namespace kai::edges {

struct LiveSelectors {
  std::vector<Tree>
      objects;  // Services, workloads, PodDisruptionBudgets, NetworkPolicies; none of ours
};

void fetch_live_selectors(kubeapi::Client& client, const std::string& name_space,
                          Reply<LiveSelectors> reply);

// Those that match pods with `labels`.
[[nodiscard]] std::vector<CatchingSelector> catching(const LiveSelectors& live,
                                                     const Labels& labels);

}  // namespace kai::edges
