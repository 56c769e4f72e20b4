// A child between fork and exec: it waits until it may begin, and ends when its parent does before
// that.
#pragma once

#include <string>
#include <utility>

#include <sys/types.h>

#include "base/error.h"
#include "os/descriptor.h"
#include "os/lasting_process.h"

namespace kai::os {

// argv[0] with its directory, as start() would run it, relative to `directory` of the spec as it
// is: with a slash, else the first executable file of that name in PATH of its environment.
// `rejected` when it is not there or no program.
[[nodiscard]] Result<std::string> find_lasting_program(const LastingSpec& spec);

class HeldChild {
 public:
  // Forks a child in a session of its own, with nothing of ours: descriptors 0 to 2 alone (its
  // input is empty, its output goes to the file), default actions for signals and none blocked.
  // Errors as LastingProcesses::start().
  [[nodiscard]] static Result<HeldChild> fork(const LastingSpec& spec);

  HeldChild(HeldChild&&) = default;
  HeldChild& operator=(HeldChild&&) = delete;
  // One that was not released ends without having begun, and is waited for.
  ~HeldChild();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Lets the program begin. After an error the child has ended and is waited for.
  [[nodiscard]] Result<Unit> release();

 private:
  HeldChild(pid_t pid, std::string program, Descriptor gate, Descriptor failure)
      : pid_(pid),
        program_(std::move(program)),
        gate_(std::move(gate)),
        failure_(std::move(failure)) {}
  void wait_for_end();

  pid_t pid_ = 0;
  std::string program_;
  Descriptor gate_;     // a byte opens it, its end closes it; not open: released, or moved away
  Descriptor failure_;  // why exec failed; at its end without a byte the program runs
};

}  // namespace kai::os
