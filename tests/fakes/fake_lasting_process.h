// Processes that outlive their starter, in a test only: they run until a signal or the test ends
// them.
//
//   FakeLastingProcesses processes(timers);
//   auto first = processes.start(spec, keep);
//   processes.end(first->pid, 3);         // it exits
//   timers.settle();                      // watches tell: never inside a call
#pragma once

#include <csignal>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "os/lasting_process.h"
#include "tests/fakes/fake_timers.h"

namespace kai::fakes {

class FakeLastingProcesses final : public os::LastingProcesses {
 public:
  struct Running {
    os::LastingSpec spec;
    os::ProcessIdentity identity;
    bool alive = true;
    bool began = false;  // its program
    int code = 0;
    bool is_ours = true;  // its exit code is for us to know
  };

  explicit FakeLastingProcesses(FakeTimers& timers) : timers_(timers) {}

  // argv[0] -> what starting it answers instead, after `keep` was asked.
  std::map<std::string, Error> broken;
  // Numbers that only SIGKILL ends.
  std::set<std::int64_t> stubborn;
  // ... and that nothing ends, as one that waits in the kernel for a disk.
  std::set<std::int64_t> stuck;
  // "start a b", "signal 15 to 1000", in order.
  std::vector<std::string> log;

  using LastingProcesses::start;
  Result<os::ProcessIdentity> start(const os::LastingSpec& spec, os::KeepIdentity keep) override {
    std::string line = "start";
    for (const std::string& word : spec.argv) line += " " + word;
    log.push_back(line);
    const std::int64_t pid = ++last_pid_;
    Running& running = processes_[pid];
    running = {
        .spec = spec,
        .identity = {.pid = pid, .started = static_cast<std::uint64_t>(pid) * 10, .boot = "boot"}};
    const Result<Unit> kept = keep(running.identity);
    const auto fault = broken.find(spec.argv.front());
    if (!kept || fault != broken.end()) {
      running.alive = false;
      return std::unexpected(kept ? fault->second : kept.error());
    }
    running.began = true;
    return running.identity;
  }
  bool is_alive(const os::ProcessIdentity& process) override {
    const Running* const running = find(process);
    return running != nullptr && running->alive;
  }
  std::optional<int> exit_code(const os::ProcessIdentity& process) override {
    const Running* const running = find(process);
    const bool known = running != nullptr && !running->alive && running->is_ours;
    return known ? std::optional(running->code) : std::nullopt;
  }
  Result<Unit> signal(const os::ProcessIdentity& process, int number) override {
    if (!is_alive(process)) return Unit{};
    log.push_back("signal " + std::to_string(number) + " to " + std::to_string(process.pid));
    if (stuck.contains(process.pid)) return Unit{};
    if (number == SIGKILL || !stubborn.contains(process.pid)) end(process.pid, 128 + number);
    return Unit{};
  }
  std::unique_ptr<os::ProcessWatch> watch(const os::ProcessIdentity& process,
                                          std::move_only_function<void()> tell) override {
    auto watch = std::make_unique<Watch>(*this, process, std::move(tell));
    if (!is_alive(process)) tell_later(process.pid);
    return watch;
  }

  // It ends by itself.
  void end(std::int64_t pid, int code) {
    Running& running = processes_.at(pid);
    running.alive = false;
    running.code = code;
    tell_later(pid);
  }
  // As after a restart of ours: nobody tells us how they end.
  void forget_children() {
    for (auto& [pid, running] : processes_) running.is_ours = false;
  }
  [[nodiscard]] const std::map<std::int64_t, Running>& all() const { return processes_; }
  // Numbers of those that are alive.
  [[nodiscard]] std::vector<std::int64_t> alive() const {
    std::vector<std::int64_t> pids;
    for (const auto& [pid, running] : processes_) {
      if (running.alive) pids.push_back(pid);
    }
    return pids;
  }

 private:
  class Watch final : public os::ProcessWatch {
   public:
    Watch(FakeLastingProcesses& owner, const os::ProcessIdentity& process,
          std::move_only_function<void()> tell)
        : owner_(owner), pid(process.pid), tell_(std::move(tell)) {
      owner_.watches_.push_back(this);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() override { owner_.watches_.remove(this); }
    void tell() {
      auto task = std::move(tell_);
      owner_.watches_.remove(this);
      if (task) task();
    }

   private:
    FakeLastingProcesses& owner_;

   public:
    const std::int64_t pid;

   private:
    std::move_only_function<void()> tell_;
  };

  void tell_later(std::int64_t pid) {
    timers_.post([this, pid] {
      for (bool told = true; told;) {
        told = false;
        for (Watch* const watch : watches_) {
          if (watch->pid != pid) continue;
          watch->tell();
          told = true;
          break;
        }
      }
    });
  }
  Running* find(const os::ProcessIdentity& process) {
    const auto found = processes_.find(process.pid);
    const bool same = found != processes_.end() && found->second.identity == process;
    return same ? &found->second : nullptr;
  }

  FakeTimers& timers_;
  std::int64_t last_pid_ = 1000;
  std::map<std::int64_t, Running> processes_;
  std::list<Watch*> watches_;
};

}  // namespace kai::fakes
