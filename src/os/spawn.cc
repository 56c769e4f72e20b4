#include "os/spawn.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "os/child_parts.h"

namespace kai::os {
namespace {

// Held for one spawn. posix_spawn, because it works with the memory of the parent until the exec
// (no copy of the page tables) and reports a failed exec as its own error.
class SpawnSettings {
 public:
  SpawnSettings() {
    KAI_CHECK(::posix_spawn_file_actions_init(&actions) == 0);
    KAI_CHECK(::posix_spawnattr_init(&attributes) == 0);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

// A child that can read its own output never meets a broken pipe, which ends most programs in the
// midst of their work. Its descriptor is then opened for both, as only /proc can; without /proc the
// pipe stays as it is.
Result<Pipe> make_output_pipe(const ProcessSpec& spec) {
  Result<Pipe> pipe = make_pipe();
  if (!pipe || !spec.outlives_us) return pipe;
  constexpr int unread_bytes_max = 1 << 20;
  const std::string path = "/proc/self/fd/" + std::to_string(pipe->write.number());
  Descriptor both(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!both.is_open()) return pipe;
  // A smaller buffer, where that much is not allowed, still holds 64 KiB.
  static_cast<void>(::fcntl(both.number(), F_SETPIPE_SZ, unread_bytes_max));
  pipe->write = std::move(both);
  return pipe;
}

void set_attributes(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  KAI_CHECK(::posix_spawnattr_setsigmask(&attributes, &none) == 0);
  KAI_CHECK(::posix_spawnattr_setsigdefault(&attributes, &all) == 0);
  KAI_CHECK(::posix_spawnattr_setpgroup(&attributes, 0) == 0);
  constexpr short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  KAI_CHECK(::posix_spawnattr_setflags(&attributes, flags) == 0);
}

// The pipes never sit on 0..2 of ours unless those were closed; then dup2 onto itself would keep
// O_CLOEXEC, which posix_spawn handles (it clears the flag).
void set_actions(posix_spawn_file_actions_t& actions, const ProcessSpec& spec,
                 const std::array<int, 3>& ends) {
  for (int i = 0; i < 3; ++i) {
    KAI_CHECK(
        ::posix_spawn_file_actions_adddup2(&actions, ends.at(static_cast<std::size_t>(i)), i) == 0);
  }
  KAI_CHECK(::posix_spawn_file_actions_addclosefrom_np(&actions, 3) == 0);
  if (spec.directory.empty()) return;
  KAI_CHECK(::posix_spawn_file_actions_addchdir_np(&actions, spec.directory.c_str()) == 0);
}

// `program` -> pid of the new child.
Result<pid_t> start_program(const std::string& program, const ProcessSpec& spec,
                            const std::array<int, 3>& ends) {
  SpawnSettings settings;
  set_attributes(settings.attributes);
  set_actions(settings.actions, spec, ends);
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables = environment_entries(spec.environment);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &settings.actions, &settings.attributes,
                                   pointers_to(arguments).data(), pointers_to(variables).data());
  if (failed != 0) return start_error(program, failed);
  return pid;
}

void stop_blocking(const Descriptor& descriptor) {
  const int flags = ::fcntl(descriptor.number(), F_GETFL);
  KAI_CHECK(flags >= 0 && ::fcntl(descriptor.number(), F_SETFL, flags | O_NONBLOCK) == 0);
}

}  // namespace

Result<std::string> find_program(const std::string& name,
                                 const std::map<std::string, std::string>& environment) {
  if (name.find('/') != std::string::npos) return name;
  const auto path = environment.find("PATH");
  std::string_view rest =
      path == environment.end() ? std::string_view() : std::string_view(path->second);
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    if (!directory.starts_with('/')) continue;  // "." in PATH would run what lies in a repository
    std::string candidate = std::string(directory) + "/" + name;
    if (is_program(candidate)) return candidate;
  }
  return fail(ErrorKind::rejected,
              "no program '" + name + "' in PATH; install it or give its path");
}

Result<Child> spawn(const ProcessSpec& spec) {
  KAI_CHECK(!spec.argv.empty() && !spec.argv.front().empty());
  const Result<std::string> program = find_program(spec.argv.front(), spec.environment);
  if (!program) return std::unexpected(program.error());
  if (!spec.directory.empty() && !is_directory(spec.directory)) {
    return fail(ErrorKind::rejected, "starting " + *program + ": no directory " + spec.directory);
  }
  Result<Pipe> input = make_pipe();
  Result<Pipe> out = make_output_pipe(spec);
  Result<Pipe> err = make_output_pipe(spec);
  for (const Result<Pipe>* pipe : {&input, &out, &err}) {
    if (!*pipe) return std::unexpected(pipe->error());
  }
  const Result<pid_t> pid = start_program(
      *program, spec, {input->read.number(), out->write.number(), err->write.number()});
  if (!pid) return std::unexpected(pid.error());
  // The child is ours and not waited for, so its number cannot have been given to another
  // meanwhile.
  Descriptor exit = open_pidfd(*pid);
  if (!exit.is_open()) {
    const int error_number = errno;
    ::kill(-*pid, SIGKILL);
    ::waitpid(*pid, nullptr, 0);
    return fail(ErrorKind::unavailable, "watching " + *program + ": " + error_text(error_number));
  }
  Child child{.pid = *pid,
              .exit = std::move(exit),
              .input = std::move(input->write),
              .out = std::move(out->read),
              .err = std::move(err->read)};
  for (const Descriptor* descriptor : {&child.input, &child.out, &child.err})
    stop_blocking(*descriptor);
  return child;
}

}  // namespace kai::os
