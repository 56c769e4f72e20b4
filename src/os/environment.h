// The environment variables, read as a whole and once. Nothing else calls getenv.
#pragma once

#include <map>
#include <string>

namespace kai::os {

// Name -> value; an entry without "=" is left out, of a repeated name the first counts (as for
// getenv).
[[nodiscard]] std::map<std::string, std::string> read_environment();

}  // namespace kai::os
