// A small parent of the splitter: it holds the listening sockets, starts the process that works
// again when that one crashes, and replaces it by a newer one on SIGHUP. It reads no byte of any
// client.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/time.h"
#include "splitter/main/program.h"

namespace kai::splitter {

// How long to wait before the process that works is started once more: not at all after one that
// was ready for `steady_after`; else longer each time.
inline constexpr Duration steady_after = std::chrono::seconds(1);
inline constexpr Duration restart_wait_min = std::chrono::milliseconds(50);
inline constexpr Duration restart_wait_max = std::chrono::seconds(5);
// One that takes over from a process that crashed meanwhile is ready or has ended within this time,
// or is killed: nobody accepts.
inline constexpr Duration orphan_max = std::chrono::seconds(5);
// `in_a_row`: of those that were not steady, the last one included.
[[nodiscard]] Duration restart_wait(unsigned in_a_row);

struct KeeperOptions {
  ProgramOptions program;
  std::vector<std::string> argv;                   // of the process that works
  std::map<std::string, std::string> environment;  // the same
};

// Runs until SIGTERM or SIGINT, which it passes on, and until all processes that it started have
// ended. What the first one fails with before it is ready is its own result.
[[nodiscard]] int run_keeper(const KeeperOptions& options, ProgramParts parts);

}  // namespace kai::splitter
