#include "os/real_lasting_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/child_parts.h"
#include "os/descriptor.h"
#include "os/held_child.h"
#include "os/process_stat.h"

namespace kai::os {
namespace {

// Longer than any of the texts that are read here.
constexpr std::size_t kernel_text_bytes_max = 4096;

// Texts of the kernel come whole with one read. Empty when there is none.
std::string read_kernel_text(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::array<char, kernel_text_bytes_max> buffer{};
  ssize_t got = 0;
  do got = ::read(file.number(), buffer.data(), buffer.size());
  while (got < 0 && errno == EINTR);
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

std::string boot_name() {
  std::string name = read_kernel_text("/proc/sys/kernel/random/boot_id");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

std::optional<ProcessStat> stat_of(std::int64_t pid) {
  return parse_process_stat(read_kernel_text("/proc/" + std::to_string(pid) + "/stat"));
}

bool is_possible(const ProcessIdentity& process) {
  return process.pid > 1 && process.pid <= std::int64_t{1} << 22;  // the kernel's PID_MAX_LIMIT
}

}  // namespace

// Destroyed from within `tell` at the latest by whoever holds it.
class RealLastingProcesses::Watch final : public ProcessWatch {
 public:
  Watch(RealLastingProcesses& owner, const ProcessIdentity& process,
        std::move_only_function<void()> tell)
      : descriptors_(owner.watch_), timers_(owner.timers_), tell_(std::move(tell)) {
    // Opened first and compared after that: what it stands for cannot change any more.
    pidfd_ = open_pidfd(is_possible(process) ? static_cast<pid_t>(process.pid) : -1);
    if (pidfd_.is_open() && owner.is_alive(process)) {
      descriptors_.watch_readable(pidfd_.number(), [this, &owner, process] {
        descriptors_.unwatch(pidfd_.number());
        static_cast<void>(owner.exit_code(process));  // waits for it, if it is ours to wait for
        end();
      });
      return;
    }
    pidfd_.close();
    timer_ = timers_.at(owner.steady_.now(), [this] {
      timer_.reset();
      end();
    });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() override {
    if (pidfd_.is_open()) descriptors_.unwatch(pidfd_.number());
    if (timer_) timers_.cancel(*timer_);
  }

 private:
  void end() {
    auto tell = std::move(tell_);
    tell();  // may destroy this
  }

  DescriptorWatch& descriptors_;
  Timers& timers_;
  std::move_only_function<void()> tell_;
  Descriptor pidfd_;
  std::optional<TimerId> timer_;
};

RealLastingProcesses::RealLastingProcesses(DescriptorWatch& watch, Timers& timers,
                                           const SteadyClock& steady)
    : watch_(watch), timers_(timers), steady_(steady), boot_(boot_name()) {}

Result<ProcessIdentity> RealLastingProcesses::start(const LastingSpec& spec, KeepIdentity keep) {
  Result<HeldChild> child = HeldChild::fork(spec);
  if (!child) return std::unexpected(child.error());
  const std::optional<ProcessStat> stat = stat_of(child->pid());
  if (!stat) {
    return fail(ErrorKind::unavailable,
                "starting " + spec.argv.front() + ": /proc does not tell when it started");
  }
  ProcessIdentity identity{.pid = child->pid(), .started = stat->started, .boot = boot_};
  if (const Result<Unit> kept = keep(identity); !kept) return std::unexpected(kept.error());
  if (const Result<Unit> begun = child->release(); !begun) return std::unexpected(begun.error());
  children_[identity.pid] = Child{.identity = identity, .exit_code = std::nullopt};
  return identity;
}

// Ours when this object started it; what has ended is waited for now, so that it is no zombie.
RealLastingProcesses::Child* RealLastingProcesses::child_of(const ProcessIdentity& process) {
  const auto found = children_.find(process.pid);
  if (found == children_.end() || found->second.identity != process) return nullptr;
  Child& child = found->second;
  int status = 0;
  if (!child.exit_code &&
      ::waitpid(static_cast<pid_t>(process.pid), &status, WNOHANG) == process.pid)
    child.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return &child;
}

bool RealLastingProcesses::is_alive(const ProcessIdentity& process) {
  if (!is_possible(process) || process.boot != boot_) return false;
  const Child* const child = child_of(process);
  if (child != nullptr && child->exit_code) return false;
  const std::optional<ProcessStat> stat = stat_of(process.pid);
  return stat && stat->started == process.started && !stat->has_ended();
}

std::optional<int> RealLastingProcesses::exit_code(const ProcessIdentity& process) {
  const Child* const child = child_of(process);
  return child == nullptr ? std::nullopt : child->exit_code;
}

Result<Unit> RealLastingProcesses::signal(const ProcessIdentity& process, int number) {
  if (!is_possible(process)) return Unit{};
  const Descriptor pidfd = open_pidfd(static_cast<pid_t>(process.pid));
  if (!pidfd.is_open() || !is_alive(process)) return Unit{};
  // While its leader is there, the group's number is nobody else's. The leader gets the signal with
  // its group, once: a second one means "at once" to many programs.
  const auto group = static_cast<pid_t>(-process.pid);
  if (::kill(group, number) == 0) return Unit{};
  if (::syscall(SYS_pidfd_send_signal, pidfd.number(), number, nullptr, 0) == 0 || errno == ESRCH)
    return Unit{};
  return fail(ErrorKind::rejected, "signal " + std::to_string(number) + " to process " +
                                       std::to_string(process.pid) + ": " + error_text(errno));
}

std::unique_ptr<ProcessWatch> RealLastingProcesses::watch(const ProcessIdentity& process,
                                                          std::move_only_function<void()> tell) {
  return std::make_unique<Watch>(*this, process, std::move(tell));
}

}  // namespace kai::os
