// Plan <-> Tree: the plan's encoded form inside a record.
#pragma once

#include "base/error.h"
#include "base/tree.h"
#include "core/plan/plan.h"

namespace kai::core {

[[nodiscard]] Tree to_tree(const Plan& plan);
// `malformed` when a field is missing or of another kind. Unknown fields are ignored: the plan is a
// snapshot that no other version edits.
[[nodiscard]] Result<Plan> plan_from(const Tree& tree);

}  // namespace kai::core
