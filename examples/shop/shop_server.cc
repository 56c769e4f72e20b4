// A service of the shop whose version, errors, latency and manners are set by flags or SHOP_*
// variables.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "examples/shop/dependency.h"
#include "examples/shop/faults.h"
#include "examples/shop/http_service.h"
#include "examples/shop/options.h"
#include "examples/shop/server_metrics.h"

namespace {

using shop::Answer;
using Clock = std::chrono::steady_clock;

constexpr const char* usage =
    R"(shop_server [--option=value ...]      (or SHOP_OPTION in the environment)
  --service=NAME            label and x-service header                        [api-server]
  --version=TAG             x-version header                                  [v1]
  --address=IP --port=N     where to listen                                   [$POD_IP or 127.0.0.1, 9000]
  --error-percent=P         share of answers that are 500                     [0]
  --needs=IP:PORT           pages need it, and are 500 while nobody is there  [nothing]
  --needs-percent=P         share of pages that do                            [100]
  --latency-mean-ms=M       latency, uniform within 20 % of it                [2]
  --latency-p95-ms=M        latency, exponential with this 95th percentile    [off]
  --warm-up-s=S --warm-up-latency-ms=M   extra latency after the start        [0, 300]
  --ready-after-s=S         /health answers 503 before                        [0]
  --crash-at-start          write a reason to stderr and exit 3
  --crash-unless-pod=TEXT   the same, unless $HOSTNAME contains the text
  --exit-after-s=S          exit 1 after this time                            [never]
  --stop-delay-ms=M         go on accepting for this long after SIGTERM       [2000]
  --seed=N                  of the faults                                     [random]
)";

struct Settings {
  std::string service;
  std::string version;
  shop::ServiceSettings network;
  shop::Faults faults;
  std::optional<shop::Dependency> needs;
  std::chrono::duration<double> ready_after{0};
  bool crash_at_start = false;
  std::uint64_t seed = 0;
};

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

bool runs_in_pod(const std::string& part_of_name) {
  const char* const host = std::getenv("HOSTNAME");
  return std::string_view(host != nullptr ? host : "").find(part_of_name) != std::string_view::npos;
}

Settings read_settings(shop::Options& options) {
  const char* const pod_ip = std::getenv("POD_IP");
  constexpr shop::Options::Range any{.least = 0, .most = 1e9};
  Settings settings{.service = options.text("service", "api-server"),
                    .version = options.text("version", "v1")};
  settings.network.address = options.text("address", pod_ip != nullptr ? pod_ip : "127.0.0.1");
  settings.network.port =
      static_cast<std::uint16_t>(options.number("port", 9000, {.least = 1, .most = 65535}));
  settings.network.stop_delay = milliseconds_of(options.number("stop-delay-ms", 2000, any) / 1000);
  settings.network.exit_after = milliseconds_of(options.number("exit-after-s", 0, any));
  settings.faults = {
      .error_percent = options.number("error-percent", 0, {.least = 0, .most = 100}),
      .latency_mean_ms = options.number("latency-mean-ms", 2, any),
      .latency_p95_ms = options.number("latency-p95-ms", 0, any),
      .warm_up_s = options.number("warm-up-s", 0, any),
      .warm_up_latency_ms = options.number("warm-up-latency-ms", 300, any),
      .needs_percent = options.number("needs-percent", 100, {.least = 0, .most = 100})};
  const std::string needs = options.text("needs", "");
  if (!needs.empty()) settings.needs.emplace(needs);
  settings.ready_after = std::chrono::duration<double>(options.number("ready-after-s", 0, any));
  settings.crash_at_start =
      options.flag("crash-at-start") || !runs_in_pod(options.text("crash-unless-pod", ""));
  settings.seed = static_cast<std::uint64_t>(options.number("seed", std::random_device{}(), any));
  return settings;
}

// The shop itself: /health and /metrics are not counted, every other path is a page.
class Shop {
 public:
  explicit Shop(const Settings& settings)
      : settings_(settings), dice_(settings.faults, settings.seed), metrics_(settings.service) {}

  Answer handle(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    const auto since_start = Clock::now() - started_;
    if (path == "/health") {
      return since_start >= settings_.ready_after ? Answer{.body = "ok\n"}
                                                  : Answer{.status = 503, .body = "warming up\n"};
    }
    if (path == "/metrics") {
      return {.body = metrics_.exposition(), .content_type = "text/plain; version=0.0.4"};
    }
    return page(since_start);
  }

 private:
  Answer page(Clock::duration since_start) {
    const auto began = Clock::now();
    const shop::Draw draw = dice_.draw(since_start);
    const bool is_cut_off = draw.needs_dependency && settings_.needs && !settings_.needs->answers();
    if (draw.error) log_error("cannot reach the basket store: deadline exceeded");
    if (is_cut_off) log_error("nobody answers at what --needs names");
    const bool failed = draw.error || is_cut_off;
    const int status = failed ? 500 : 200;
    return {.status = status,
            .body = settings_.service + " " + settings_.version +
                    (failed ? " failed\n" : " at your service\n"),
            .delay = draw.delay,
            .sent = [this, status, began] { metrics_.count(status, Clock::now() - began); }};
  }

  void log_error(const char* why) {
    if (errors_logged_ >= errors_logged_max) return;
    errors_logged_ += 1;
    std::fprintf(stderr, "error: %s %s: %s\n", settings_.service.c_str(), settings_.version.c_str(),
                 why);
  }

  static constexpr int errors_logged_max = 1000;
  const Settings& settings_;
  shop::FaultDice dice_;
  shop::ServerMetrics metrics_;
  Clock::time_point started_ = Clock::now();
  int errors_logged_ = 0;
};

int run(int argc, char** argv) {
  shop::Options options(argc, argv, "SHOP");
  if (options.flag("help")) {
    std::fputs(usage, stdout);
    return 0;
  }
  const Settings settings = read_settings(options);
  for (const std::string& mistake : options.mistakes()) {
    std::fprintf(stderr, "shop_server: %s\n", mistake.c_str());
  }
  if (!options.mistakes().empty()) {
    return 2;
  }
  std::printf("%s %s starts on %s:%d\n", settings.service.c_str(), settings.version.c_str(),
              settings.network.address.c_str(), settings.network.port);
  if (settings.crash_at_start) {
    std::fputs("fatal: cannot open the catalogue: schema version 7 expected, found 6\n", stderr);
    return 3;
  }
  Shop the_shop(settings);
  return shop::serve(settings.network,
                     {{"x-service", settings.service}, {"x-version", settings.version}},
                     [&](std::string_view target) { return the_shop.handle(target); });
}

}  // namespace

int main(int argc, char** argv) {
  // Lines reach the log at once, even from a process that is killed.
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "shop_server: %s\n", error.what());
    return 1;
  }
}
