// Who runs this process, and where.
#pragma once

#include <cstdint>
#include <string>

namespace kai::os {

struct Identity {
  std::string user;  // $USER's value is the caller's business: this is "uid 1000"
  std::string host;  // "unknown-host" when the system does not say
  std::int64_t process_id = 0;
  bool is_root = false;
};

[[nodiscard]] Identity identity();

// Absolute; "/" when the system does not say.
[[nodiscard]] std::string working_directory();
// Of the running program's own file; empty when the system does not say.
[[nodiscard]] std::string program_file();

// Ends the process at once: nothing is flushed and nobody is told. For the second Ctrl-C.
[[noreturn]] void leave(int exit_code);

}  // namespace kai::os
