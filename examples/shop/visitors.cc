// Visitors of the shop: open-loop requests, answers counted per service, version and status.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>

#include "examples/shop/crowd.h"
#include "examples/shop/options.h"
#include "examples/shop/tally.h"

namespace {

constexpr const char* usage =
    R"(visitors [--option=value ...]      (or VISITORS_OPTION in the environment)
  --address=IP --port=N     where to send to                            [127.0.0.1, 8080]
  --host=NAME               Host header                                 [shop.test]
  --path=/A,/B              paths, taken in turn                        [/]
  --rate=R                  requests per second, by schedule            [200]
  --duration-s=S            0: until SIGINT or SIGTERM                  [0]
  --timeout-ms=M            from the moment a request was due           [5000]
  --connections=N           at most                                     [256]
  --interval-ms=M           between two lines of JSON                   [1000]
Lines hold cumulative counts; the last one has "final":true and latency percentiles.
)";

shop::CrowdSettings read_settings(shop::Options& options) {
  constexpr shop::Options::Range positive{.least = 1, .most = 1e9};
  const auto milliseconds_of = [](double value) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(value));
  };
  return {
      .address = options.text("address", "127.0.0.1"),
      .port = static_cast<std::uint16_t>(options.number("port", 8080, {.least = 1, .most = 65535})),
      .host = options.text("host", "shop.test"),
      .paths = options.list("path", "/"),
      .rate = options.number("rate", 200, {.least = 0.01, .most = 1e6}),
      .duration =
          milliseconds_of(1000 * options.number("duration-s", 0, {.least = 0, .most = 1e6})),
      .timeout = milliseconds_of(options.number("timeout-ms", 5000, positive)),
      .report_interval = milliseconds_of(options.number("interval-ms", 1000, positive)),
      .connections_max = static_cast<std::size_t>(
          options.number("connections", 256, {.least = 1, .most = 60000}))};
}

int run(int argc, char** argv) {
  shop::Options options(argc, argv, "VISITORS");
  if (options.flag("help")) {
    std::fputs(usage, stdout);
    return 0;
  }
  const shop::CrowdSettings settings = read_settings(options);
  for (const std::string& mistake : options.mistakes()) {
    std::fprintf(stderr, "visitors: %s\n", mistake.c_str());
  }
  if (!options.mistakes().empty() || settings.paths.empty()) {
    return 2;
  }
  shop::send_crowd(settings, [](const shop::Tally& tally, const shop::Tally::Moment& moment) {
    std::printf("%s\n", tally.json(moment).c_str());
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "visitors: %s\n", error.what());
    return 1;
  }
}
