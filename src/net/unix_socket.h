// Connecting to a socket that has a path.
#pragma once

#include <string>

#include "base/error.h"

namespace kai::net {

// A connected, non-blocking socket; the caller closes it. Never waits: the kernel answers at once.
// Errors name the path: `rejected` (no path for a socket, not permitted), `unavailable` (no such
// socket, nobody listens, too many wait).
[[nodiscard]] Result<int> connect_unix(const std::string& path);

}  // namespace kai::net
