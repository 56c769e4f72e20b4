#include "os/real_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <sys/wait.h>
#include <unistd.h>

#include "os/signals.h"
#include "os/spawn.h"

namespace kai::os {
namespace {

// One turn of the loop reads at most this much of one stream, so that a talkative child starves
// nobody.
constexpr std::size_t read_bytes_per_turn_max = std::size_t{256} << 10;

enum class ReadEnd { more_later, closed };

// Reads what is there now, keeps at most `bytes_max` in `kept`.
ReadEnd drain(const Descriptor& from, std::string& kept, bool& truncated, std::size_t bytes_max,
              std::size_t turn_bytes_max) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  for (std::size_t total = 0; total < turn_bytes_max;) {
    const ssize_t got = ::read(from.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN ? ReadEnd::more_later : ReadEnd::closed;
    if (got == 0) return ReadEnd::closed;
    const auto bytes = static_cast<std::size_t>(got);
    const std::size_t room = bytes_max - kept.size();
    kept.append(buffer.data(), std::min(bytes, room));
    truncated = truncated || bytes > room;
    total += bytes;
  }
  return ReadEnd::more_later;
}

int exit_code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

struct RealProcess::Running {
  ProcessSpec spec;
  Reply<ProcessResult> reply;
  Child child;
  ProcessResult result;
  std::size_t input_written = 0;
  TimerId timer = 0;
};

RealProcess::RealProcess(DescriptorWatch& watch, Timers& timers, const SteadyClock& steady)
    : watch_(watch), timers_(timers), steady_(steady) {
  ignore_broken_pipes();
}

RealProcess::~RealProcess() {
  for (auto& [id, running] : running_) {
    unwatch(*running);
    timers_.cancel(running->timer);
  }
  for (const auto& [id, timer] : failed_) timers_.cancel(timer);
}

ProcessId RealProcess::start(ProcessSpec spec, Reply<ProcessResult> reply) {
  const ProcessId id = ++last_;
  Result<Child> child = spawn(spec);
  if (!child) {
    failed_[id] = timers_.at(steady_.now(), [this, id, error = std::move(child.error()),
                                             answer = std::move(reply)]() mutable {
      failed_.erase(id);
      answer(std::unexpected(std::move(error)));
    });
    return id;
  }
  running_[id] = std::make_unique<Running>(Running{.spec = std::move(spec),
                                                   .reply = std::move(reply),
                                                   .child = std::move(*child),
                                                   .result = {}});
  watch_child(id);
  return id;
}

void RealProcess::terminate(ProcessId process) {
  const auto found = running_.find(process);
  if (found != running_.end()) ::kill(-found->second->child.pid, SIGTERM);
}

void RealProcess::watch_child(ProcessId id) {
  Running& running = *running_.at(id);
  const auto watch_output = [this, &running](Descriptor& from, std::string& kept) {
    watch_.watch_readable(from.number(), [this, &running, &from, &kept] {
      const ReadEnd end = drain(from, kept, running.result.truncated, running.spec.output_bytes_max,
                                read_bytes_per_turn_max);
      if (end == ReadEnd::more_later) return;
      watch_.unwatch(from.number());
      from.close();
    });
  };
  watch_output(running.child.out, running.result.out);
  watch_output(running.child.err, running.result.err);
  watch_.watch_readable(running.child.exit.number(), [this, id] { on_exit(id); });
  watch_.watch_writable(running.child.input.number(), [this, &running] { feed(running); });
  running.timer = timers_.at(steady_.now() + running.spec.timeout, [this, id] { on_time_out(id); });
}

void RealProcess::feed(Running& running) {
  Descriptor& input = running.child.input;
  const std::string& bytes = running.spec.input;
  bool done = false;
  while (!done && running.input_written < bytes.size()) {
    const ssize_t written = ::write(input.number(), bytes.data() + running.input_written,
                                    bytes.size() - running.input_written);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) return;
    if (written < 0) done = true;  // EPIPE: the child does not want the rest, which is its right
    running.input_written += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
  }
  watch_.unwatch(input.number());
  input.close();
}

void RealProcess::on_time_out(ProcessId id) {
  Running& running = *running_.at(id);
  const pid_t group = -running.child.pid;
  if (running.result.timed_out) {
    ::kill(group, SIGKILL);
    return;
  }
  running.result.timed_out = true;
  ::kill(group, SIGTERM);
  if (running.spec.kill_after <= Duration::zero()) return;
  running.timer =
      timers_.at(steady_.now() + running.spec.kill_after, [this, id] { on_time_out(id); });
}

void RealProcess::on_exit(ProcessId id) {
  std::unique_ptr<Running> running = std::move(running_.extract(id).mapped());
  unwatch(*running);
  timers_.cancel(running->timer);
  Child& child = running->child;
  ProcessResult& result = running->result;
  // Before the child is waited for: until then its number, and so its group's, cannot be given to
  // another.
  if (result.timed_out && running->spec.kill_after > Duration::zero()) ::kill(-child.pid, SIGKILL);
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.exit_code = exit_code_of(status);
  // What the child wrote is in the pipes by now. The limit ends a race with a grandchild that
  // writes on and on.
  const std::size_t last_bytes_max = running->spec.output_bytes_max + read_bytes_per_turn_max;
  for (auto [from, kept] :
       {std::pair(&child.out, &result.out), std::pair(&child.err, &result.err)}) {
    if (from->is_open())
      drain(*from, *kept, result.truncated, running->spec.output_bytes_max, last_bytes_max);
  }
  running->reply(std::move(result));
}

void RealProcess::unwatch(Running& running) {
  for (const Descriptor* descriptor :
       {&running.child.exit, &running.child.input, &running.child.out, &running.child.err}) {
    if (descriptor->is_open()) watch_.unwatch(descriptor->number());
  }
}

}  // namespace kai::os
