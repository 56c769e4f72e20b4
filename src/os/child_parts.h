// What every start of a child process is made of, however it is started.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::os {

// Both ends blocking and not passed on.
struct Pipe {
  Descriptor read;
  Descriptor write;
};
[[nodiscard]] Result<Pipe> make_pipe();

// Readable once the process has ended; not open when there is none, with the reason in errno.
[[nodiscard]] Descriptor open_pidfd(pid_t pid);

// In the child, before it executes: nothing of ours is ignored, blocked or handled there.
// Async-signal-safe.
void reset_signals();

// "NAME=value" of each.
[[nodiscard]] std::vector<std::string> environment_entries(
    const std::map<std::string, std::string>& environment);

// As exec takes them: a null at their end. Good for as long as `texts` is.
[[nodiscard]] std::vector<char*> pointers_to(std::vector<std::string>& texts);

[[nodiscard]] bool is_directory(const std::string& path);
// A file that we may execute.
[[nodiscard]] bool is_program(const std::string& path);

// `unavailable` for what may pass (no memory, no descriptor, a file that is being written), else
// `rejected`.
[[nodiscard]] std::unexpected<Error> start_error(const std::string& program, int error_number);

}  // namespace kai::os
