// From the start of the shipped program with --help until it has ended.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "bench/report.h"

namespace kai::bench {
namespace {

constexpr int runs = 60;
constexpr double bound_ms = 50;

// Milliseconds; below 0 when the program did not end with 0.
double run_once(const std::string& program) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::string name = program;
  std::string option = "--help";
  const std::array<char*, 3> arguments{name.data(), option.data(), nullptr};
  const std::array<char*, 1> environment{nullptr};
  const auto start = std::chrono::steady_clock::now();
  pid_t child = 0;
  int status = -1;
  if (posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(),
                  environment.data()) == 0) {
    waitpid(child, &status, 0);
  }
  const auto end = std::chrono::steady_clock::now();
  posix_spawn_file_actions_destroy(&actions);
  return status == 0 ? std::chrono::duration<double, std::milli>(end - start).count() : -1;
}

int run() {
  Report report;
  std::vector<double> times;
  int failed = 0;
  for (int i = 0; i < runs; ++i) {
    const double time = run_once(KAI_CANARY_PROGRAM);
    if (time < 0) ++failed;
    if (time >= 0) times.push_back(time);
  }
  report.claim({.what = "--help: runs that failed",
                .measured = static_cast<double>(failed),
                .bound = 0,
                .unit = "runs"});
  if (times.empty()) return report.exit_code();
  report.claim({.what = "--help, median",
                .measured = percentile(times, 0.5),
                .bound = bound_ms,
                .unit = "ms",
                .detail = spread(times, "ms")});
  return report.exit_code();
}

}  // namespace
}  // namespace kai::bench

int main() { return kai::bench::run(); }
