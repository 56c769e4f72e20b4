// What the canary's pods said, kept before they go.
#pragma once

#include "base/reply.h"
#include "edges/kube_workload/workload_data.h"
#include "kubeapi/client.h"
#include "ports/workload.h"

namespace kai::edges {

inline constexpr std::size_t log_lines_max = 200;  // per container, last and previous
inline constexpr std::size_t log_bytes_max = std::size_t{64} << 10U;
inline constexpr std::size_t pods_asked_max = 10;

// Status line of every pod, its events, last and previous logs of its containers. A log that cannot
// be read is said to be missing; the rest is kept.
void gather_evidence(kubeapi::Client& client, WorkloadData data, Reply<ports::Evidence> reply);

}  // namespace kai::edges
