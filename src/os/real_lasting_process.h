// The seam for processes that outlive us, with real ones, on the loop and without threads.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/descriptor_watch.h"
#include "base/timers.h"
#include "os/lasting_process.h"

namespace kai::os {

// Needs /proc and pidfds (Linux 5.3). Those that were started here are waited for when they ended
// and somebody looks; all of them go on when this is destroyed.
class RealLastingProcesses final : public LastingProcesses {
 public:
  RealLastingProcesses(DescriptorWatch& watch, Timers& timers, const SteadyClock& steady);

  using LastingProcesses::start;
  Result<ProcessIdentity> start(const LastingSpec& spec, KeepIdentity keep) override;
  bool is_alive(const ProcessIdentity& process) override;
  std::optional<int> exit_code(const ProcessIdentity& process) override;
  Result<Unit> signal(const ProcessIdentity& process, int number) override;
  std::unique_ptr<ProcessWatch> watch(const ProcessIdentity& process,
                                      std::move_only_function<void()> tell) override;

 private:
  struct Child {
    ProcessIdentity identity;
    std::optional<int> exit_code;  // waited for
  };
  // By number; of a number that was given anew, the newest.
  using Children = std::map<std::int64_t, Child>;
  class Watch;

  Child* child_of(const ProcessIdentity& process);

  DescriptorWatch& watch_;
  Timers& timers_;
  const SteadyClock& steady_;
  std::string boot_;
  Children children_;
};

}  // namespace kai::os
