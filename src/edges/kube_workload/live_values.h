// Live values: what the cluster has where two renders of a chart differ. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "ports/release.h"

namespace kai::edges {

// The change is of a ConfigMap or Secret that gets a copy, and some of its values are stable's only
// because no render says the same twice.
[[nodiscard]] bool wants_live_values(const ports::ObjectChange& change);

// The candidate's ConfigMap or Secret with the values of the live object, at the volatile places
// where the candidate has what stable's manifest has: since then a person may have rotated them.
// What `live` (null: there is none) does not have stays.
[[nodiscard]] Tree with_live_values(const ports::ObjectChange& change, const Tree& live);

// Takes the volatile values out of both pod templates of a Deployment: the upgrade makes up others,
// so no pod is told by them. `volatiles` as in the change of the Deployment.
struct Templates {
  Tree candidate;
  Tree stable;
};
[[nodiscard]] Templates without_volatiles(Templates templates,
                                          const std::vector<std::string>& volatiles);

}  // namespace kai::edges
