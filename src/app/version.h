// The version of this program, as it tells people and servers.
#pragma once

#include <string_view>

namespace kai::app {

// "0.1.0".
[[nodiscard]] std::string_view program_version();

}  // namespace kai::app
