// The JSON Patch that brings a route to a split: guarded by names and by our stamp, never a whole
// list. Pure.
#pragma once

#include <string>

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/stamp.h"
#include "edges/gateway_api/route_binding.h"
#include "ports/router.h"

namespace kai::edges {

struct RouteChange {
  Tree patch;  // JSON Patch document
  bool complete =
      true;  // false: an entry was missing and is added without its weight; ask again later
};

// From `object`, the route as it was last read or answered, to `target`. Always writes the stamp,
// also when nothing else changes. Raising a rule tests the weights that `object` shows; lowering
// tests names and stamp alone. Errors: unavailable when `object` carries a newer stamp (this write
// was overtaken) or one of another rollout; rejected when an entry has to be added and the rule is
// not as it was planned.
[[nodiscard]] Result<RouteChange> change_route(const RouteBinding& binding, const Tree& object,
                                               const ports::RouteTarget& target,
                                               const core::Stamp& stamp);

// Whether `object` is at exactly what `change_route` writes for `target`.
[[nodiscard]] bool is_at(const RouteBinding& binding, const Tree& object,
                         const ports::RouteTarget& target);

// Whether this stamp may write over the one on `object`. unavailable: no, with the reason.
[[nodiscard]] Result<Unit> may_write(const RouteBinding& binding, const Tree& object,
                                     const core::Stamp& stamp);

}  // namespace kai::edges
