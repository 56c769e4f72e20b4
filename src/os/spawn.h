// One fork and exec with pipes at its three standard descriptors.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

#include "base/error.h"
#include "os/descriptor.h"
#include "os/process.h"

namespace kai::os {

// A running child, leader of its own process group, and our non-blocking ends of its pipes.
struct Child {
  pid_t pid = 0;
  Descriptor exit;  // pidfd: readable when the child has ended
  Descriptor input;
  Descriptor out;
  Descriptor err;
};

// `name` with its directory: as it is when it holds a slash, else the first executable file of that
// name in PATH of `environment`. `rejected` when there is none.
[[nodiscard]] Result<std::string> find_program(
    const std::string& name, const std::map<std::string, std::string>& environment);

// The child inherits nothing: only descriptors 0, 1 and 2, an empty signal mask, default actions,
// the environment of `spec`. Errors as `Process::start`.
[[nodiscard]] Result<Child> spawn(const ProcessSpec& spec);

}  // namespace kai::os
