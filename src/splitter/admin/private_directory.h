// Directories that are ours alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace kai::splitter {

// Makes `path` with mode 0700 if it is not there; its parent must be. `rejected`: it cannot be
// made, belongs to somebody else than `own_user` and root, or others may write to it.
[[nodiscard]] Result<Unit> make_private_directory(const std::string& path, std::uint32_t own_user);

}  // namespace kai::splitter
