// main of kai-canary: real parts, one verb, one exit code.
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/app.h"
#include "app/flags.h"
#include "app/run.h"
#include "app/screen/exit_codes.h"
#include "codec/quote.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/console.h"
#include "os/environment.h"
#include "os/identity.h"
#include "os/log_spdlog.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_file_locks.h"
#include "os/real_lasting_process.h"
#include "os/real_process.h"
#include "os/real_random.h"
#include "os/signals.h"

namespace kai::app {
namespace {

std::string value_or(const std::map<std::string, std::string>& environment, const std::string& name,
                     std::string otherwise) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? std::move(otherwise) : found->second;
}

bool speaks_utf8(const std::map<std::string, std::string>& environment) {
  const std::string locale = value_or(
      environment, "LC_ALL", value_or(environment, "LC_CTYPE", value_or(environment, "LANG", "")));
  return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

void to(os::Standard stream, std::string_view text) { static_cast<void>(os::print(stream, text)); }

// The last one counts. Words that nobody knows are refused by run().
std::string option(const Arguments& arguments,
                   const std::map<std::string, std::string>& environment, const std::string& name,
                   const std::string& variable) {
  std::string value = value_or(environment, variable, "");
  for (const auto& [flag, given] : arguments.flags) {
    if (flag == name) value = given;
  }
  return value;
}

int run_with_real_parts(const Arguments& arguments) {
  const auto environment = os::read_environment();
  os::ignore_broken_pipes();
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealRandom random;
  os::SpdlogLog log(
      wall,
      {.format = option(arguments, environment, "log-format", "KAI_CANARY_LOG_FORMAT") == "json"
                     ? os::LogFormat::json
                     : os::LogFormat::text,
       .least = option(arguments, environment, "verbose", "KAI_CANARY_VERBOSE") == "true"
                    ? LogLevel::debug
                    : LogLevel::error});
  net::Loop loop(steady, [](std::string_view what) {
    to(os::Standard::error, fmt::format("kai-canary: bug: {}\n", what));
  });
  os::RealDisk disk(value_or(environment, "TMPDIR", "/tmp"));
  os::RealProcess process(loop, loop, steady);
  os::RealLastingProcesses lasting(loop, loop, steady);
  os::RealFileLocks locks;
  net::BeastHttpClient http(loop, {.authorities_file = value_or(environment, "SSL_CERT_FILE", "")});
  const os::Identity who = os::identity();
  const bool is_dumb = value_or(environment, "TERM", "dumb") == "dumb";
  App app{.loop = loop,
          .steady = steady,
          .wall = wall,
          .random = random,
          .log = log,
          .disk = disk,
          .process = process,
          .http = http,
          .environment = environment,
          .out = [](std::string_view text) { to(os::Standard::output, text); },
          .err = [](std::string_view text) { to(os::Standard::error, text); },
          .out_is_terminal = os::is_terminal(os::Standard::output) && !is_dumb,
          .err_is_terminal = os::is_terminal(os::Standard::error) && !is_dumb,
          .utf8 = speaks_utf8(environment),
          .columns = [] { return os::terminal_columns(os::Standard::error).value_or(80); },
          .user = value_or(environment, "USER", who.user),
          .host = who.host,
          .process_id = who.process_id,
          .is_root = who.is_root,
          .directory = os::working_directory(),
          .program_file = os::program_file(),
          .lasting = &lasting,
          .locks = &locks};
  os::Signals signals(loop, {SIGINT, SIGTERM}, [&app](int number) {
    if (app.on_signal) return app.on_signal(number);
    os::leave(128 + number);  // nothing was begun that would have to be undone
  });
  return kai::app::run(app, arguments);
}

int run_words(const std::vector<std::string>& argv) {
  const auto arguments = parse_arguments(argv);
  if (!arguments) {
    for (const std::string& mistake : arguments.error())
      to(os::Standard::error, "kai-canary: " + codec::printable(mistake) + "\n");
    return exit_usage;
  }
  return run_with_real_parts(*arguments);
}

}  // namespace
}  // namespace kai::app

int main(int count, char** words) {
  try {
    return kai::app::run_words({words + 1, words + count});
  } catch (const std::exception& bug) {
    kai::app::to(kai::os::Standard::error,
                 fmt::format("kai-canary: bug of ours, please report it: {}\n", bug.what()));
    return kai::app::exit_bug;
  }
}
