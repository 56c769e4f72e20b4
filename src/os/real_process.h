// The process seam with real children, on the loop and without threads.
#pragma once

#include <map>
#include <memory>

#include "base/clock.h"
#include "base/descriptor_watch.h"
#include "base/timers.h"
#include "os/process.h"

namespace kai::os {

// A child counts as ended when it exited itself: what its own children still hold open is not
// waited for. After a time-out with `kill_after` > 0, what is left of the group when the child ends
// is killed. Makes the process ignore SIGPIPE (a child may close its input early).
class RealProcess final : public Process {
 public:
  RealProcess(DescriptorWatch& watch, Timers& timers, const SteadyClock& steady);
  // Children that still run are left alone, and their replies never come.
  ~RealProcess() override;

  ProcessId start(ProcessSpec spec, Reply<ProcessResult> reply) override;
  void terminate(ProcessId process) override;

 private:
  struct Running;
  void watch_child(ProcessId id);
  void feed(Running& running);
  void on_time_out(ProcessId id);
  void on_exit(ProcessId id);
  void unwatch(Running& running);

  DescriptorWatch& watch_;
  Timers& timers_;
  const SteadyClock& steady_;
  ProcessId last_ = 0;
  std::map<ProcessId, std::unique_ptr<Running>> running_;
  std::map<ProcessId, TimerId> failed_;  // replies of children that did not start, on their way
};

}  // namespace kai::os
