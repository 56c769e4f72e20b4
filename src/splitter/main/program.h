// The splitter as a whole: workers on their threads, everything else on this one.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "os/descriptor.h"
#include "os/disk.h"
#include "splitter/main/sandbox.h"

namespace kai::splitter {

struct ProgramOptions {
  std::string configuration_file;
  bool only_checks = false;
  std::size_t workers = 0;  // 0: as the configuration says
  SandboxMode sandbox = SandboxMode::refuse;
  std::string takeover_socket;  // not empty: takes over from the process that listens there
};

struct ProgramParts {
  std::vector<os::Descriptor> inherited_sockets;
  const SteadyClock& steady;
  const WallClock& wall;
  Random& random;
  os::Disk& disk;
  Log& log;
  std::function<void()> ready;  // requests are accepted, and we are in charge; may be empty
  std::function<void()> left;   // another process is in charge; may be empty
  std::function<void(std::string_view)> out;
  std::function<void(std::string_view)> err;
};

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;    // the machine does not let us: an address is in use, ...
inline constexpr int exit_mistakes = 2;  // of the configuration

// Runs until SIGTERM or SIGINT and the drain behind it; a second signal ends it at once. Made
// before any other thread is.
[[nodiscard]] int run_program(const ProgramOptions& options, ProgramParts parts);

}  // namespace kai::splitter
