// The process seam: children by argv, never through a shell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/reply.h"
#include "base/time.h"

namespace kai::os {

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is a path, or a name looked up in PATH of `environment`
  std::map<std::string, std::string> environment;  // all of it; nothing is inherited
  std::string input = {};                          // standard input, then closed
  std::string directory = {};                      // working directory; empty: ours
  Duration timeout = std::chrono::seconds(60);     // then SIGTERM to its group, once
  Duration kill_after =
      std::chrono::seconds(10);  // after the SIGTERM of the time-out: SIGKILL. 0: never
  std::size_t output_bytes_max = std::size_t{64}
                                 << 20;  // per stream; what is beyond is read and dropped
  bool outlives_us =
      false;  // should we die, its next words must not end it: they wait unread, up to 1 MiB
};

struct ProcessResult {
  int exit_code = 0;  // 128 + signal when a signal ended it
  std::string out = {};
  std::string err = {};
  bool timed_out = false;
  bool truncated = false;  // one of the streams was longer than allowed
};

using ProcessId = std::uint64_t;  // ours, not the kernel's; never used twice

class Process {
 public:
  virtual ~Process() = default;
  // Starts a child in its own process group. Errors: `rejected` (no such program, not executable),
  // `unavailable`. A child that ran is a result, whatever its exit code.
  virtual ProcessId start(ProcessSpec spec, Reply<ProcessResult> reply) = 0;
  // SIGTERM to the child's group; the reply still comes when it ends. A child that is gone is
  // ignored.
  virtual void terminate(ProcessId process) = 0;
};

}  // namespace kai::os
