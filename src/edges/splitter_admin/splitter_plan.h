// What a plan says about the routes of the services: checks P7 and P14. Pure.
#pragma once

#include <vector>

#include "core/traffic/weight.h"
#include "ports/router.h"
#include "ports/workload.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

// Refuses services that cannot be split, and tells what will be done with the others.
[[nodiscard]] ports::Planned<ports::RoutePlan> plan_split(
    const splitter::SnapshotSpec& snapshot, const std::vector<ports::ServicePlan>& services,
    const std::vector<core::Weight>& steps);

// `snapshot` as it will be with this weight, whether the canaries' backends are there yet or not:
// for asking whether the splitter would take it. All services have a route.
[[nodiscard]] splitter::SnapshotSpec rehearse_split(const splitter::SnapshotSpec& snapshot,
                                                    const std::vector<ports::ServicePlan>& services,
                                                    core::Weight weight);

}  // namespace kai::edges
