// Giving a route back: our entry out, weights as they were, and the ownership of the fields to whom
// it was. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/stamp.h"
#include "edges/gateway_api/route_binding.h"

namespace kai::edges {

// The managedFields entries that own what we are going to write (the rules, or all annotations).
[[nodiscard]] Tree owners_of_rules(const Tree& object);

// First patch: removes our entries and the stamp, gives each weight that is still as we wrote it
// its original value. Empty when nothing of ours is in the object. unavailable: an entry of ours
// carries weight, or a newer stamp is there.
[[nodiscard]] Result<std::optional<Tree>> removal_patch(const RouteBinding& binding,
                                                        const Tree& object,
                                                        const core::Stamp& stamp);

// Second patch, after the first: replaces managedFields alone (the present list without our entry
// and with the saved owners' fields back), guarded by the version. It cannot be one with the first:
// the server recomputes ownership. Empty when we own nothing.
[[nodiscard]] std::optional<Tree> ownership_patch(const RouteBinding& binding, const Tree& object);

// Pointers below spec that differ from what was saved; empty: byte for byte as before.
[[nodiscard]] std::vector<std::string> foreign_edits(const RouteBinding& binding,
                                                     const Tree& object);

}  // namespace kai::edges
