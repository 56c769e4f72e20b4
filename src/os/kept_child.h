// A child that a supervisor keeps: it gets listening sockets by systemd's convention and a
// descriptor for its words, and shares our standard streams.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/error.h"
#include "os/descriptor.h"

namespace kai::os {

// The variable that names the descriptor for its words, a byte each: the first one says "ready".
inline constexpr const char* words_variable = "KAI_READY_FD";

enum class KeptWord : std::uint8_t {
  ready = '1',
  left = '2',  // another process does the work from now on; this one only ends
};

struct KeptSpec {
  std::vector<std::string> argv;  // argv[0] is the path of the program
  // All of it; LISTEN_PID, LISTEN_FDS and the one for the words are added.
  std::map<std::string, std::string> environment;
  std::vector<int> sockets;  // descriptors 3 and up of the child
};

struct KeptChild {
  pid_t pid = 0;
  Descriptor exit;   // pidfd: readable when the child has ended
  Descriptor words;  // does not block; at its end nothing more will be said
};

// In a process group of its own, with default actions for signals, none blocked, and no other
// descriptor. Errors: `unavailable` (no memory, no descriptor), `rejected` (no such program; found
// out before the fork, an exec that fails all the same is an exit with 127). Of a process with one
// thread.
[[nodiscard]] Result<KeptChild> start_kept(const KeptSpec& spec);

// Nothing: none is there now; `unavailable`: none will come.
[[nodiscard]] Result<std::optional<KeptWord>> read_word(const Descriptor& words);

// The child's side: where its words go; not open if `environment` says that nobody waits for them.
[[nodiscard]] Descriptor take_words_descriptor(
    const std::map<std::string, std::string>& environment);
void say_word(const Descriptor& words, KeptWord word);

// Of a child that has ended: its code, or 128 + the signal that ended it. Waits for it.
[[nodiscard]] int exit_code_of(pid_t pid);
// To the child's group; one that is gone is ignored.
void signal_kept(pid_t pid, int number);

}  // namespace kai::os
