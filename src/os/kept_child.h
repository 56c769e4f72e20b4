// A child that a supervisor keeps: it gets listening sockets by systemd's convention and a
// descriptor on which it says that it is ready, and shares our standard streams.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::os {

// The variable that names the descriptor for its word: one byte, when it is ready.
inline constexpr const char* ready_variable = "KAI_READY_FD";

struct KeptSpec {
  std::vector<std::string> argv;  // argv[0] is the path of the program
  // All of it; LISTEN_PID, LISTEN_FDS and the one for the word are added.
  std::map<std::string, std::string> environment;
  std::vector<int> sockets;  // descriptors 3 and up of the child
};

struct KeptChild {
  pid_t pid = 0;
  Descriptor exit;   // pidfd: readable when the child has ended
  Descriptor ready;  // does not block; at its end without a byte: it will never be ready
};

// In a process group of its own, with default actions for signals, none blocked, and no other
// descriptor. Errors: `unavailable` (no memory, no descriptor), `rejected` (no such program; found
// out before the fork, an exec that fails all the same is an exit with 127). Of a process with one
// thread.
[[nodiscard]] Result<KeptChild> start_kept(const KeptSpec& spec);

// The child's word that it is ready, if `environment` says that somebody waits for it.
void say_ready(const std::map<std::string, std::string>& environment);

// Of a child that has ended: its code, or 128 + the signal that ended it. Waits for it.
[[nodiscard]] int exit_code_of(pid_t pid);
// To the child's group; one that is gone is ignored.
void signal_kept(pid_t pid, int number);

}  // namespace kai::os
