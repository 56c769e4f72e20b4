// One run of Helm: a child by argv, its failure as an Error with Helm's own words.
#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/reply.h"
#include "base/time.h"
#include "base/timers.h"
#include "edges/helm/helm_command.h"
#include "os/disk.h"
#include "os/process.h"

namespace kai::edges {

// How Helm is reached. The references outlive every run.
struct Helm {
  os::Process& process;
  os::Disk& disk;
  const SteadyClock& steady;
  Timers& timers;
  std::string binary;                              // path or name of the program
  std::map<std::string, std::string> environment;  // all that a child gets
};

// `task` runs in the next turn of the loop: what calls it has returned by then.
void later(const Helm& helm, Task task);

// Helm's stderr for people: every line made safe to print and cut at 500 bytes, blank ones dropped,
// at most 40 lines kept (the last ones).
[[nodiscard]] std::string printable_lines(std::string_view text);

// Of these, what Helm says is the reason: from its line "Error: ..." on, else all.
[[nodiscard]] std::string reason_of(std::string_view err);

// What came of a run. Exit 0 gives stdout. rejected: Helm said no; unavailable: it did not reach
// the cluster, or timed out; malformed: more output than is read.
[[nodiscard]] Result<std::string> helm_output(const os::ProcessResult& result);

inline constexpr Duration helm_read_timeout =
    std::chrono::minutes(2);  // of runs that change nothing

// For runs that change nothing: they may be killed.
void run_helm(const Helm& helm, Argv argv, Reply<std::string> reply);

// Asks the program for its version; an error names the program and what to do.
void detect_helm(const Helm& helm, Reply<HelmVersion> reply);

}  // namespace kai::edges
