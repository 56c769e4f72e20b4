#include "os/kept_child.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "os/child_parts.h"
#include "os/descriptor.h"

namespace kai::os {
namespace {

constexpr int first_descriptor = 3;
constexpr int exit_not_begun = 127;
constexpr std::size_t pid_digits = 10;

// All that the child uses, made before the fork; after it only calls of signal-safety(7) are made.
struct Prepared {
  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<int> descriptors;  // the sockets, then the one for the words
  char* listen_pid = nullptr;    // pid_digits places for its own number
};

Prepared prepare(const KeptSpec& spec, int words) {
  Prepared prepared;
  prepared.descriptors = spec.sockets;
  prepared.descriptors.push_back(words);
  std::map<std::string, std::string> environment = spec.environment;
  for (const char* const name : {"LISTEN_FDNAMES", "LISTEN_PID", "LISTEN_FDS"}) {
    environment.erase(name);
  }
  environment["LISTEN_FDS"] = std::to_string(spec.sockets.size());
  environment[words_variable] =
      std::to_string(first_descriptor + static_cast<int>(spec.sockets.size()));
  prepared.arguments = spec.argv;
  prepared.variables = environment_entries(environment);
  const std::string name = "LISTEN_PID=";
  prepared.variables.push_back(name + std::string(pid_digits, '0'));
  prepared.argv = pointers_to(prepared.arguments);
  prepared.environment = pointers_to(prepared.variables);
  prepared.listen_pid = prepared.variables.back().data() + name.size();
  return prepared;
}

// With leading zeros, which its reader passes over.
void write_own_number(char* digits) {
  auto number = static_cast<unsigned>(::getpid());
  for (std::size_t at = pid_digits; at-- > 0; number /= 10) {
    digits[at] = static_cast<char>('0' + number % 10);
  }
}

// First all of them above their places, so that none overwrites one that is still needed.
bool place_descriptors(std::vector<int>& descriptors) {
  const int above = first_descriptor + static_cast<int>(descriptors.size());
  for (int& descriptor : descriptors) {
    if (descriptor >= above) continue;
    descriptor = ::fcntl(descriptor, F_DUPFD, above);
    if (descriptor < 0) return false;
  }
  int place = first_descriptor;
  for (const int descriptor : descriptors) {
    if (::dup2(descriptor, place++) < 0) return false;  // without close-on-exec
  }
  ::syscall(SYS_close_range, above, ~0U, 0);  // before Linux 5.9 close-on-exec does the same
  return true;
}

[[noreturn]] void run_child(Prepared& prepared) {
  ::setpgid(0, 0);
  write_own_number(prepared.listen_pid);
  if (!place_descriptors(prepared.descriptors)) ::_exit(exit_not_begun);
  reset_signals();
  ::execve(prepared.argv.front(), prepared.argv.data(), prepared.environment.data());
  ::_exit(exit_not_begun);
}

}  // namespace

Result<KeptChild> start_kept(const KeptSpec& spec) {
  const std::string& program = spec.argv.front();
  if (!is_program(program)) {
    return fail(ErrorKind::rejected, "starting " + program + ": no such program");
  }
  Result<Pipe> words = make_pipe();
  if (!words) return std::unexpected(words.error());
  ::fcntl(words->read.number(), F_SETFL, O_NONBLOCK);
  Prepared prepared = prepare(spec, words->write.number());
  const pid_t pid = ::fork();
  if (pid < 0) return start_error(program, errno);
  if (pid == 0) run_child(prepared);
  ::setpgid(pid, pid);  // whoever is first
  Descriptor exit = open_pidfd(pid);
  if (!exit.is_open()) {
    const int error_number = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return start_error(program, error_number);
  }
  return KeptChild{.pid = pid, .exit = std::move(exit), .words = std::move(words->read)};
}

Result<std::optional<KeptWord>> read_word(const Descriptor& words) {
  char word = 0;
  const ssize_t got = ::read(words.number(), &word, 1);
  if (got == 1) return static_cast<KeptWord>(word);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  return fail(ErrorKind::unavailable, "the child says nothing more");
}

Descriptor take_words_descriptor(const std::map<std::string, std::string>& environment) {
  const auto found = environment.find(words_variable);
  if (found == environment.end()) return {};
  const std::string& text = found->second;
  int number = -1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || number < first_descriptor) return {};
  return Descriptor(number);
}

void say_word(const Descriptor& words, KeptWord word) {
  if (!words.is_open()) return;
  const char byte = static_cast<char>(word);
  static_cast<void>(write_all(words.number(), {&byte, 1}));  // who does not read it has gone
}

int exit_code_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void signal_kept(pid_t pid, int number) { ::kill(-pid, number); }

}  // namespace kai::os
