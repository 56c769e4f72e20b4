// main of kai-canary: real parts, one verb, one exit code.
#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/app.h"
#include "app/flags.h"
#include "app/verbs.h"
#include "net/http_beast_client.h"
#include "net/loop.h"
#include "os/console.h"
#include "os/environment.h"
#include "os/identity.h"
#include "os/log_spdlog.h"
#include "os/real_clock.h"
#include "os/real_disk.h"
#include "os/real_process.h"
#include "os/real_random.h"
#include "os/signals.h"

namespace kai::app {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_bug = 1;

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

bool wants(const Arguments& arguments, std::string_view flag, std::string_view value) {
  for (const auto& [name, given] : arguments.flags) {
    if (name == flag && given == value) return true;
  }
  return false;
}

int run_verb(const Arguments& arguments) {
  const auto environment = os::read_environment();
  os::ignore_broken_pipes();
  os::RealSteadyClock steady;
  os::RealWallClock wall;
  os::RealRandom random;
  os::SpdlogLog log(
      wall,
      {.format = wants(arguments, "log-format", "json") ? os::LogFormat::json : os::LogFormat::text,
       .least = wants(arguments, "verbose", "true") ? LogLevel::debug : LogLevel::error});
  net::Loop loop(steady, [](std::string_view what) {
    to(os::Standard::error, fmt::format("kai-canary: bug: {}\n", what));
  });
  os::RealDisk disk(value_or(environment, "TMPDIR", "/tmp"));
  os::RealProcess process(loop, loop, steady);
  net::BeastHttpClient http(loop, {.authorities_file = value_or(environment, "SSL_CERT_FILE", "")});
  const os::Identity who = os::identity();
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
          .err_is_terminal = os::is_terminal(os::Standard::error) &&
                             value_or(environment, "TERM", "dumb") != "dumb",
          .utf8 = speaks_utf8(environment),
          .columns = [] { return os::terminal_columns(os::Standard::error).value_or(80); },
          .user = value_or(environment, "USER", who.user),
          .host = who.host,
          .process_id = who.process_id};
  os::Signals signals(loop, {SIGINT, SIGTERM}, [&app](int number) {
    if (app.on_signal) return app.on_signal(number);
    os::leave(128 + number);  // nothing was begun that would have to be undone
  });
  return arguments.verb->run(app, arguments);
}

int run(const std::vector<std::string>& argv) {
  const auto arguments = parse_arguments(argv);
  if (!arguments) {
    for (const std::string& mistake : arguments.error())
      to(os::Standard::error, "kai-canary: " + mistake + "\n");
    return exit_usage;
  }
  if (arguments->help || arguments->verb == nullptr) {
    to(os::Standard::output, help_text(arguments->verb));
    return 0;
  }
  return run_verb(*arguments);
}

}  // namespace
}  // namespace kai::app

int main(int count, char** words) {
  try {
    return kai::app::run({words + 1, words + count});
  } catch (const std::exception& bug) {
    kai::app::to(kai::os::Standard::error,
                 fmt::format("kai-canary: bug of ours, please report it: {}\n", bug.what()));
    return kai::app::exit_bug;
  }
}
