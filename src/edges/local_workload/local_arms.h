// What both sides of a rollout look like, from what was seen of their processes. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/traffic/weight.h"
#include "edges/local_workload/local_plan.h"
#include "edges/local_workload/release_file.h"
#include "edges/local_workload/served_endpoints.h"
#include "ports/workload.h"

namespace kai::edges {

struct InstanceSeen {
  Instance instance;
  bool is_alive = false;
  bool is_healthy = false;
  std::optional<core::Reason> fatal;  // it ended, or was never healthy for too long
};

struct LocalLook {
  const LocalPlan& plan;
  const ReleaseFile& file;
  const std::vector<InstanceSeen>& instances;  // all of the file
  const std::vector<ServedNow>& served;
};

// `size`: what the canary should have instances for. An instance counts as an endpoint when it is
// healthy and the splitter knows it.
[[nodiscard]] ports::WorkloadState state_of(const LocalLook& look, core::Weight size);

}  // namespace kai::edges
