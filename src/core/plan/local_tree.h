// LocalRelease <-> Tree: its encoded form inside a plan.
#pragma once

#include "base/error.h"
#include "base/tree.h"
#include "core/plan/local_release.h"

namespace kai::core {

[[nodiscard]] Tree local_tree(const LocalRelease& release);
// `malformed` when a field is missing, of another kind or out of range.
[[nodiscard]] Result<LocalRelease> local_from(const Tree& tree);

}  // namespace kai::core
