// Record <-> Tree: the encoded form that stores keep. Unknown fields survive; an unknown phase or a
// newer schema is refused, so that nobody acts on what he does not understand.
#pragma once

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/record.h"

namespace kai::core {

[[nodiscard]] Tree to_tree(const Record& record);
// `malformed` when a field is missing or of another kind, `rejected` when a newer version of ours
// wrote it.
[[nodiscard]] Result<Record> record_from(const Tree& tree);

[[nodiscard]] Tree to_tree(const Command& command);
[[nodiscard]] Result<Command> command_from(const Tree& tree);

}  // namespace kai::core
