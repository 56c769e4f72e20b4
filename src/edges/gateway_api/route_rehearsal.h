// Rehearsal: every patch of a route's rollout as one dry run each, before anything is written.
// Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/traffic/weight.h"
#include "edges/gateway_api/route_binding.h"

namespace kai::edges {

struct RouteDryRun {
  std::string what;  // "attach", "weight 50%", "zero", "detach": what would not work
  Tree patch;  // from `object` as it is to the state after `what`; the server keeps nothing of a
               // dry run, so each one holds all the steps before it
};

// In the order of a rollout. rejected: one of them cannot even be made.
[[nodiscard]] Result<std::vector<RouteDryRun>> rehearse(const RouteBinding& binding,
                                                        const Tree& object,
                                                        std::span<const core::Weight> steps);

}  // namespace kai::edges
