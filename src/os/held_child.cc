#include "os/held_child.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "os/child_parts.h"
#include "os/file_errors.h"
#include "os/signals.h"
#include "os/spawn.h"

namespace kai::os {
namespace {

constexpr int first_free = 3;        // after the three standard descriptors
constexpr int failure_number = 3;    // in the child
constexpr int exit_not_begun = 127;  // nobody sees it but a debugger
constexpr int descriptors_max = 65536;

// All that the child uses, made before the fork: after it, another thread may have held any lock,
// so the child may only make the calls of signal-safety(7) and touch no memory that is not there.
struct Prepared {
  std::string program;
  std::string directory;
  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  std::vector<char*> argv;
  std::vector<char*> environment;
  Descriptor output;
  Descriptor gate;     // the child's end
  Descriptor failure;  // the child's end
};

// Above the standard ones, so that putting these in their places overwrites none that is needed.
Result<Descriptor> lifted(Descriptor descriptor) {
  if (descriptor.is_open() && descriptor.number() >= first_free + 1) return descriptor;
  Descriptor higher(::fcntl(descriptor.number(), F_DUPFD_CLOEXEC, first_free + 1));
  if (!higher.is_open())
    return fail(ErrorKind::unavailable, "copying a descriptor: " + error_text(errno));
  return higher;
}

Result<Descriptor> open_file(const std::string& path, int flags) {
  Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0600));
  if (!descriptor.is_open()) return make_error("opening", path, errno);
  return lifted(std::move(descriptor));
}

Result<Pipe> make_lifted_pipe() {
  Result<Pipe> pipe = make_pipe();
  if (!pipe) return pipe;
  Result<Descriptor> read = lifted(std::move(pipe->read));
  Result<Descriptor> write = lifted(std::move(pipe->write));
  if (!read) return std::unexpected(read.error());
  if (!write) return std::unexpected(write.error());
  return Pipe{.read = std::move(*read), .write = std::move(*write)};
}

Result<Prepared> prepare(const LastingSpec& spec) {
  Result<std::string> program = find_lasting_program(spec);
  if (!program) return std::unexpected(program.error());
  if (!spec.directory.empty() && !is_directory(spec.directory))
    return fail(ErrorKind::rejected, "starting " + *program + ": no directory " + spec.directory);
  // O_NONBLOCK would be the child's, too; a FIFO in the place of the file cannot be opened
  // otherwise, so it is looked at first. O_NOFOLLOW: a link would lead elsewhere.
  struct stat about{};
  if (::lstat(spec.output_file.c_str(), &about) == 0 && !S_ISREG(about.st_mode))
    return fail(ErrorKind::rejected, "opening " + spec.output_file + ": it is no file");
  Result<Descriptor> output =
      open_file(spec.output_file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
  if (!output) return std::unexpected(output.error());
  Prepared prepared{.program = std::move(*program),
                    .directory = spec.directory,
                    .arguments = spec.argv,
                    .variables = environment_entries(spec.environment),
                    .output = std::move(*output)};
  prepared.argv = pointers_to(prepared.arguments);
  prepared.environment = pointers_to(prepared.variables);
  return prepared;
}

[[noreturn]] void give_up(int error_number) {
  while (::write(failure_number, &error_number, sizeof error_number) < 0 && errno == EINTR) {
  }
  ::_exit(exit_not_begun);
}

void close_from(int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0) == 0) return;
  for (int number = first; number < descriptors_max; ++number) ::close(number);  // before Linux 5.9
}

bool may_begin() {
  char word = 0;
  ssize_t got = 0;
  do got = ::read(STDIN_FILENO, &word, 1);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

// The child's life before its program. The gate is its standard input at first; every other
// descriptor goes at once, above all the gate's other end, whose closing it waits for.
[[noreturn]] void run_child(const Prepared& prepared) {
  ::setsid();
  if (::dup2(prepared.failure.number(), failure_number) < 0) ::_exit(exit_not_begun);
  ::fcntl(failure_number, F_SETFD, FD_CLOEXEC);
  for (const int number : {STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(prepared.output.number(), number) < 0) give_up(errno);
  }
  if (::dup2(prepared.gate.number(), STDIN_FILENO) < 0) give_up(errno);
  close_from(failure_number + 1);
  reset_signals();
  if (!may_begin()) ::_exit(exit_not_begun);
  const int nothing = ::open("/dev/null", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) give_up(errno);
  if (!prepared.directory.empty() && ::chdir(prepared.directory.c_str()) != 0) give_up(errno);
  ::execve(prepared.program.c_str(), prepared.argv.data(), prepared.environment.data());
  give_up(errno);
}

// No handler of ours may run in the child.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

Result<std::string> find_lasting_program(const LastingSpec& spec) {
  KAI_CHECK(!spec.argv.empty());
  if (spec.argv.front().empty()) return fail(ErrorKind::rejected, "the program has no name");
  Result<std::string> found = find_program(spec.argv.front(), spec.environment);
  if (!found) return found;
  const bool relative = !found->starts_with('/') && !spec.directory.empty();
  const std::string path = relative ? spec.directory + "/" + *found : *found;
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0)
    return fail(ErrorKind::rejected, "no program " + path + ": " + error_text(errno));
  if (!is_program(path)) return fail(ErrorKind::rejected, path + " is not executable");
  return found;
}

Result<HeldChild> HeldChild::fork(const LastingSpec& spec) {
  ignore_broken_pipes();  // the gate's, should the child be killed before it opens
  Result<Prepared> prepared = prepare(spec);
  Result<Pipe> gate = make_lifted_pipe();
  Result<Pipe> failure = make_lifted_pipe();
  if (!prepared) return std::unexpected(prepared.error());
  if (!gate) return std::unexpected(gate.error());
  if (!failure) return std::unexpected(failure.error());
  prepared->gate = std::move(gate->read);
  prepared->failure = std::move(failure->write);
  pid_t pid = 0;
  int error_number = 0;
  {
    const AllSignalsBlocked blocked;
    // Not posix_spawn, whose parent stands still until the exec: this child waits for a word of
    // ours between the two.
    pid = ::fork();
    if (pid == 0) run_child(*prepared);
    error_number = errno;
  }
  if (pid < 0) return start_error(prepared->program, error_number);
  return HeldChild(pid, std::move(prepared->program), std::move(gate->write),
                   std::move(failure->read));
}

HeldChild::~HeldChild() {
  if (!gate_.is_open()) return;
  gate_.close();
  wait_for_end();
}

Result<Unit> HeldChild::release() {
  KAI_CHECK(gate_.is_open());
  const bool told = write_all(gate_.number(), "g");
  gate_.close();
  int error_number = 0;
  ssize_t got = 0;
  if (told) {
    do got = ::read(failure_.number(), &error_number, sizeof error_number);
    while (got < 0 && errno == EINTR);
  }
  if (told && got == 0) return Unit{};
  wait_for_end();
  if (got == sizeof error_number) return start_error(program_, error_number);
  return fail(ErrorKind::unavailable, "starting " + program_ + ": it ended before it began");
}

void HeldChild::wait_for_end() {
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace kai::os
