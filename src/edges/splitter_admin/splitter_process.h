// The kai-splitter of a release: configured, started, found again. It outlives us.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/reply.h"
#include "base/timers.h"
#include "edges/splitter_admin/splitter_control.h"
#include "edges/splitter_admin/splitter_files.h"
#include "os/disk.h"
#include "os/lasting_process.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

inline constexpr Duration splitter_start_max = std::chrono::seconds(10);
inline constexpr Duration splitter_look_period = std::chrono::milliseconds(50);
class SplitterProcess {
 public:
  struct Seams {
    os::Disk& disk;
    os::LastingProcesses& processes;
    Timers& timers;
    const SteadyClock& steady;
  };
  struct Options {
    SplitterFiles files;
    std::string program = "kai-splitter";            // a path, or a name in PATH of `environment`
    std::map<std::string, std::string> environment;  // all of it
    std::vector<std::string> flags = {};             // beside --config
  };

  // All outlive it; the control's socket is that of the files.
  SplitterProcess(Seams seams, SplitterControl& control, Options options);
  ~SplitterProcess();

  enum class Found { none, running, started };
  // Makes the splitter run, at these addresses. One that runs is used as it is. One that ended is
  // started again and comes up with what was in force last. Without a configuration of before,
  // `first` is what it begins with; nothing is started when that has no route (`none`): the
  // splitter does not run without one. Errors: `rejected` (the path of the socket is too long, no
  // such program, other listeners than those of the running one: it has to be stopped first; a
  // mistake in the configuration), `unavailable` (it ended, or does not answer within
  // splitter_start_max: with the last lines of its log).
  void ensure(const std::vector<std::string>& listen, splitter::SnapshotSpec first,
              Reply<Found> reply);
  // The same for whoever does not know the addresses: as it was configured last, if it ever was.
  void ensure_as_configured(Reply<Found> reply);
  // A configuration was written once.
  [[nodiscard]] Result<bool> is_configured() const;
  // The one that was started last is still there.
  [[nodiscard]] Result<bool> is_alive() const;

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace kai::edges
