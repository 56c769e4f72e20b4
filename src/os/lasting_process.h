// The seam for processes that outlive us: started in a session of their own, found again by their
// number and the time at which they started, so that a number that was given to somebody else is
// never taken for ours.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace kai::os {

struct LastingSpec {
  std::vector<std::string> argv;  // argv[0] is a path, or a name in PATH of `environment`
  std::map<std::string, std::string> environment;  // all of it; nothing is inherited
  std::string directory;                           // working directory; empty: ours
  std::string output_file;  // both streams are added to it; made with mode 0600
};

// Who it is, for a record.
struct ProcessIdentity {
  std::int64_t pid = 0;
  std::uint64_t started = 0;  // clock ticks after the boot, as the kernel says
  std::string boot;           // the kernel's name for that boot; empty: it does not tell

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

// Destroying it ends the watch, not the process.
class ProcessWatch {
 public:
  virtual ~ProcessWatch() = default;
};

// Writes down who is about to begin. An error of it is the error of the start.
using KeepIdentity = std::move_only_function<Result<Unit>(const ProcessIdentity&)>;

class LastingProcesses {
 public:
  virtual ~LastingProcesses() = default;
  // Starts it with its own process group and session. The program begins only after `keep`, which
  // is called once within this call, has said yes: should we die before that, nothing runs, so no
  // process is ever there that no record knows. Errors: those of `keep`, `rejected` (no such
  // program, not executable, no such directory), `unavailable`; nothing runs after any of them,
  // though `keep` may have been called.
  virtual Result<ProcessIdentity> start(const LastingSpec& spec, KeepIdentity keep) = 0;
  // For what is found again in another way.
  Result<ProcessIdentity> start(const LastingSpec& spec) {
    return start(spec, [](const ProcessIdentity&) { return Result<Unit>(Unit{}); });
  }
  // Whether that very process is there and no zombie.
  [[nodiscard]] virtual bool is_alive(const ProcessIdentity& process) = 0;
  // How it ended: its exit code, 128 + signal when a signal ended it. Empty while it runs, and for
  // ever when this object did not start it: the kernel tells the parent alone.
  [[nodiscard]] virtual std::optional<int> exit_code(const ProcessIdentity& process) = 0;
  // To its group. Somebody else's process is never hit; one that is gone is ignored, with what may
  // be left of its group. `rejected` when it may not be done.
  virtual Result<Unit> signal(const ProcessIdentity& process, int number) = 0;
  // Calls `tell` once, soon after it ended and never within this call; soon when it is gone
  // already.
  [[nodiscard]] virtual std::unique_ptr<ProcessWatch> watch(
      const ProcessIdentity& process, std::move_only_function<void()> tell) = 0;
};

}  // namespace kai::os
