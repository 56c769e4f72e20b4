// Children that exist in a test only.
//
//   FakeProcess process(timers);
//   process.on({"helm", "upgrade"}).exit(0, "done\n");
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "os/process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {

class FakeProcess final : public os::Process {
 public:
  using Handler = std::function<Result<os::ProcessResult>(const os::ProcessSpec&)>;

  // What children do whose argv begins with given words; argv[0] is compared by its last path
  // segment. Answers are used in their order, the last one again and again.
  class Script {
   public:
    Script& exit(int exit_code, std::string out = "", std::string err = "");
    Script& fail(ErrorKind kind, std::string message);
    Script& handle(Handler handler);
    // All children from here on run this long.
    Script& after(Duration runs);
    // Runs until SIGTERM (terminate() or its time-out), then exits with 143.
    Script& hang();

   private:
    friend class FakeProcess;
    struct Answer {
      Handler handler;  // null: hangs
      Duration runs{0};
    };
    std::vector<std::string> words_;
    std::deque<Answer> answers_;
    Duration runs_{0};
  };

  explicit FakeProcess(FakeTimers& timers) : FakeProcess(timers, timers.clock()) {}
  // On other timers, for code that runs a loop of its own.
  FakeProcess(Timers& timers, const SteadyClock& clock) : timers_(timers), clock_(clock) {}

  // The most words win; of equal ones the latest. A child without a script cannot be started:
  // `rejected`.
  Script& on(std::vector<std::string> words);

  os::ProcessId start(os::ProcessSpec spec, Reply<os::ProcessResult> reply) override;
  void terminate(os::ProcessId process) override;

  [[nodiscard]] const std::vector<os::ProcessSpec>& specs() const { return specs_; }
  // argv joined by spaces, and "terminate helm" for terminate().
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }

 private:
  struct Running {
    os::ProcessSpec spec;
    Reply<os::ProcessResult> reply;
    TimerId timer = 0;
  };
  Script* find_script(const std::vector<std::string>& argv);
  void end(os::ProcessId id, Result<os::ProcessResult> result);

  Timers& timers_;
  const SteadyClock& clock_;
  std::list<Script> scripts_;
  std::map<os::ProcessId, Running> running_;
  os::ProcessId last_ = 0;
  std::vector<os::ProcessSpec> specs_;
  std::vector<std::string> log_;
};

}  // namespace kai::fakes
