// What a change asked for over the control socket makes of the configuration in force.
#pragma once

#include <expected>
#include <string_view>

#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

// `in_force` with the weights of `route` and the states of its backends as `change` says; epoch and
// base are those of the change. Errors: unknown_route, or invalid for a backend that is not one of
// the route's.
[[nodiscard]] std::expected<SnapshotSpec, CallError> with_split(const SnapshotSpec& in_force,
                                                                std::string_view route,
                                                                const SplitChange& change);
// Findings about the split of a route point into the document of the change.
[[nodiscard]] CallError in_terms_of_split(CallError error);

// Gives each route of `wanted` that has no salt the one of the same route in force: salts are told
// to nobody, so whoever changes something else cannot bring them along.
void keep_salts(const SnapshotSpec& in_force, SnapshotSpec& wanted);

[[nodiscard]] CallError malformed(const Findings& findings);
[[nodiscard]] CallError invalid(const Findings& findings);

}  // namespace kai::splitter
