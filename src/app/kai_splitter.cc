// main of kai-splitter: flags and real parts.
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "os/console.h"
#include "os/descriptor.h"
#include "os/environment.h"
#include "os/identity.h"
#include "os/kept_child.h"
#include "os/log_spdlog.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_random.h"
#include "os/spawn.h"
#include "splitter/main/inherited_sockets.h"
#include "splitter/main/keeper.h"
#include "splitter/main/program.h"
#include "splitter/main/sandbox.h"

namespace kai::app {
namespace {

void to(os::Standard stream, std::string_view text) { static_cast<void>(os::print(stream, text)); }

int run(int count, char** words) {
  splitter::ProgramOptions options;
  CLI::App flags("Splits HTTP traffic between the revisions of a workload.", "kai-splitter");
  flags.add_option("--config", options.configuration_file, "Configuration file")
      ->required()
      ->type_name("FILE");
  flags.add_flag("--check", options.only_checks, "Only say what is wrong with the configuration");
  flags.add_option("--workers", options.workers, "Threads that carry traffic; 0: one per CPU")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  flags
      .add_option("--takeover", options.takeover_socket,
                  "Take over from the kai-splitter whose handover socket this is, without losing a "
                  "request; it goes on as it was if that fails")
      ->type_name("SOCKET");
  bool keeps = false;
  flags.add_flag("--keeper", keeps,
                 "Hold the addresses, start the process that works again when it crashes, and "
                 "replace it on SIGHUP by the program and the configuration on the disk");
  std::string sandbox = "refuse";
  flags
      .add_option(
          "--sandbox", sandbox,
          "What a system call meets that is not expected: it is refused, or ends the process")
      ->check(CLI::IsMember({"refuse", "kill", "off"}))
      ->type_name("refuse|kill|off");
  try {
    flags.parse(count, words);
  } catch (const CLI::CallForHelp&) {
    to(os::Standard::output, flags.help());
    return splitter::exit_done;
  } catch (const CLI::ParseError& error) {
    to(os::Standard::error, std::string("kai-splitter: ") + error.what() + "\n");
    return splitter::exit_mistakes;
  }
  options.sandbox = splitter::parse_sandbox_mode(sandbox).value_or(options.sandbox);
  const os::RealSteadyClock steady;
  const os::RealWallClock wall;
  os::RealRandom random;
  os::RealDisk disk("/tmp");
  os::SpdlogLog log(wall, {});
  const auto environment = os::read_environment();
  auto inherited = splitter::take_inherited_sockets(environment, os::identity().process_id);
  if (!inherited) {
    to(os::Standard::error, "kai-splitter: " + inherited.error().message + "\n");
    return splitter::exit_failed;
  }
  const os::Descriptor keeper = os::take_words_descriptor(environment);
  splitter::ProgramParts parts{.inherited_sockets = std::move(*inherited),
                               .steady = steady,
                               .wall = wall,
                               .random = random,
                               .disk = disk,
                               .log = log,
                               .ready = [&keeper] { os::say_word(keeper, os::KeptWord::ready); },
                               .left = [&keeper] { os::say_word(keeper, os::KeptWord::left); },
                               .out = [](std::string_view text) { to(os::Standard::output, text); },
                               .err = [](std::string_view text) { to(os::Standard::error, text); }};
  if (!keeps || options.only_checks) return run_program(options, std::move(parts));
  if (!options.takeover_socket.empty()) {
    parts.err("kai-splitter: --keeper starts with addresses of its own, so it cannot --takeover\n");
    return splitter::exit_mistakes;
  }
  const auto program = os::find_program(words[0], environment);
  if (!program) {
    parts.err("kai-splitter: " + program.error().message + "\n");
    return splitter::exit_failed;
  }
  splitter::KeeperOptions kept{.program = options, .argv = {*program}, .environment = environment};
  for (int at = 1; at < count; ++at) {
    if (std::string_view(words[at]) != "--keeper") kept.argv.emplace_back(words[at]);
  }
  return run_keeper(kept, std::move(parts));
}

}  // namespace
}  // namespace kai::app

int main(int count, char** words) {
  try {
    return kai::app::run(count, words);
  } catch (const std::exception& bug) {
    kai::app::to(kai::os::Standard::error,
                 std::string("kai-splitter: bug of ours, please report it: ") + bug.what() + "\n");
    return kai::splitter::exit_failed;
  }
}
