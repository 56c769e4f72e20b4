// What the process may ask of the kernel once it runs: a list of calls, and no new rights.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace kai::splitter {

enum class SandboxMode : std::uint8_t {
  refuse,  // a call that is not on the list fails with EPERM: a library's update degrades
  kill,    // it ends the process: for tests, which must notice
  off,     // nothing is taken: sanitizers want to look at the process
};
[[nodiscard]] std::optional<SandboxMode> parse_sandbox_mode(std::string_view text);

// For all threads there are, and for good. After everything was opened that needs more: no further
// thread starts, no program is executed, no address is listened on. `rejected`: the kernel cannot.
[[nodiscard]] Result<Unit> enter_sandbox(SandboxMode mode);

}  // namespace kai::splitter
