// Latency at four judged edges.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "bench/judge/simulate.h"
#include "bench/judge/tables.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {
namespace {

// Log-normal around 50 ms; a share of the requests may take a second longer.
struct Latency {
  double factor = 1;
  double spread = 0.8;
  double slow_share = 0;
  [[nodiscard]] double below(double seconds) const {
    const auto cdf = [&](double u) {
      return u <= 0 ? 0.0
                    : 0.5 * std::erfc(-(std::log(u / (0.05 * factor)) / spread) / std::sqrt(2.0));
    };
    return (1 - slow_share) * cdf(seconds) + slow_share * cdf(seconds - 1);
  }
};

enum class Shared { none, slow_downs, stall };

// Requests of one arm slower than each of the four judged edges.
void latency_arm(fakes::Traffic& traffic, double requests, const Latency& latency,
                 std::uint64_t& all, std::array<std::uint64_t, 4>& slower) {
  constexpr double edges[] = {0.05, 0.1, 0.25, 0.5};
  double below = 0;
  std::array<std::uint64_t, 5> buckets{};
  for (std::size_t j = 0; j < 5; ++j) {
    const double upper = j < 4 ? latency.below(edges[j]) : 1;
    buckets[j] = traffic.poisson(requests * (upper - below));
    below = upper;
  }
  all = buckets[4];
  for (std::size_t j = 4; j-- > 0;) {
    slower[j] = all;
    all += buckets[j];
  }
}

LatencyStream latency_stream(fakes::Traffic& traffic, const Latency& canary, Shared shared) {
  LatencyStream stream;
  for (int i = 0; i < 40; ++i) {
    double factor = 1;
    if (shared == Shared::slow_downs) factor = std::exp(0.35 * traffic.normal());
    if (shared == Shared::stall && i >= 16 && i <= 19) factor = 10;
    Latency slow = canary, old;
    slow.factor *= factor;
    old.factor *= factor;
    std::uint64_t n = 0, m = 0;
    std::array<std::uint64_t, 4> x{}, y{};
    latency_arm(traffic, 300, slow, n, x);
    latency_arm(traffic, 2700, old, m, y);
    auto& frame = stream.emplace_back();
    for (std::size_t j = 0; j < 4; ++j) frame.push_back({.n = n, .x = x[j], .m = m, .y = y[j]});
  }
  return stream;
}

}  // namespace

int print_latency(const Options& options) {
  struct Row {
    const char* name;
    Latency canary;
    Shared shared;
    const char* figures;  // no tolerance | 1.1x + 0.2pp | 1.25x + 0.5pp
  };
  const Row rows[] = {
      {"identical", {}, Shared::none, "0.1% / 0.1% / 0.0%"},
      {"identical, shared slow-downs", {}, Shared::slow_downs, "0.0% / 0.0% / 0.0%"},
      {"identical, shared stall", {}, Shared::stall, "0.0% / 0.0% / 0.0%"},
      {"all x1.05", {.factor = 1.05}, Shared::none, "56% 570s / 2% / 0%"},
      {"all x1.1", {.factor = 1.1}, Shared::none, "180s / 74% 285s / 1%"},
      {"all x1.3", {.factor = 1.3}, Shared::none, "45s / 45s / 97% 45s"},
      {"all x2", {.factor = 2}, Shared::none, "45s / 45s / 45s"},
      {"spread 0.8 to 1", {.spread = 1}, Shared::none, "60s / 60s / 60s"},
      {"1 % + 1 s", {.slow_share = 0.01}, Shared::none, "75s / 75s / 90s"},
      {"3 % + 1 s", {.slow_share = 0.03}, Shared::none, "45s / 45s / 45s"},
      {"all x1.3, shared slow-downs", {.factor = 1.3}, Shared::slow_downs, "45s / 45s / 98% 60s"}};
  const core::Tolerance tolerances[] = {
      {}, {.rho = 1.1, .delta = 0.002}, {.rho = 1.25, .delta = 0.005}};
  std::printf("latency at four edges: no tolerance / 1.1x + 0.2pp / 1.25x + 0.5pp\n");
  Deviations deviations;
  const int runs = options.runs(1500);
  for (const Row& row : rows) {
    std::array<Cell, 3> measured, shipped;
    fakes::Traffic traffic(7);
    for (int run = 0; run < runs; ++run) {
      const LatencyStream stream = latency_stream(traffic, row.canary, row.shared);
      for (std::size_t k = 0; k < 3; ++k) {
        const LatencyTimes times = judge_latency(stream, tolerances[k]);
        measured[k].runs = shipped[k].runs = run + 1;
        if (times.measured != never) measured[k].seconds.push_back(times.measured);
        if (times.shipped != never) shipped[k].seconds.push_back(times.shipped);
      }
    }
    const auto figures = split_figures(row.figures, 3);
    std::printf("  %-30s", row.name);
    for (std::size_t k = 0; k < 3; ++k) {
      std::printf(" %s (%s; as shipped %s)", found_text(measured[k]).c_str(), figures[k].c_str(),
                  found_text(shipped[k]).c_str());
      deviations.check(measured[k], figures[k], 1500,
                       std::string(row.name) + ", tolerance " + std::to_string(k), false);
    }
    std::printf("\n");
  }
  return deviations.print();
}

}  // namespace kai::bench
