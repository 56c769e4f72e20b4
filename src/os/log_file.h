// Files that other processes add to while we look at them.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace kai::os {

// The last bytes of a file, at most `bytes_max`, from the beginning of a line on where one begins
// in them. Errors as Disk::read().
[[nodiscard]] Result<std::string> read_tail(const std::string& path, std::size_t bytes_max);

// Empties a file that is longer than `bytes_max`. Whoever adds to it goes on at its beginning; what
// is added meanwhile may be lost.
void cut_file(const std::string& path, std::size_t bytes_max);

}  // namespace kai::os
