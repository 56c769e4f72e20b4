// The smallest regression that a rollout finds, by traffic, weight and time.
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/xoshiro.h"
#include "bench/judge/rules.h"
#include "bench/judge/tables.h"
#include "core/judge/found_search.h"
#include "core/judge/planning.h"
#include "core/judge/simulated_traffic.h"
#include "tests/fakes/power_error.h"

namespace kai::bench {
namespace {

constexpr int runs_full = 1500;

// One step. Reference figures in percentage points; 0: there is none.
struct Row {
  double base, rate, weight;
  int intervals;
  double usually, almost_always;
};
constexpr Row rows[] = {{0.001, 10, 0.1, 40, 1.30, 1.79},  {0.001, 50, 0.1, 40, 0.40, 0.53},
                        {0.001, 200, 0.1, 40, 0.20, 0.25}, {0.001, 1000, 0.1, 40, 0.15, 0.17},
                        {0.01, 10, 0.1, 40, 2.58, 3.34},   {0.01, 50, 0.1, 40, 1.00, 1.22},
                        {0.01, 200, 0.1, 40, 0.48, 0.59},  {0.01, 1000, 0.1, 40, 0.31, 0.36},
                        {0.05, 10, 0.1, 40, 4.92, 6.04},   {0.05, 50, 0.1, 40, 2.10, 2.55},
                        {0.05, 200, 0.1, 40, 1.20, 1.40},  {0.05, 1000, 0.1, 40, 0.90, 0.99},
                        {0.001, 10, 0.1, 8, 6.14, 0},      {0.001, 50, 0.1, 8, 1.66, 0},
                        {0.001, 200, 0.1, 8, 0.59, 0},     {0.001, 1000, 0.1, 8, 0.23, 0},
                        {0.01, 10, 0.1, 8, 9.79, 0},       {0.01, 50, 0.1, 8, 3.26, 0},
                        {0.01, 200, 0.1, 8, 1.38, 0},      {0.01, 1000, 0.1, 8, 0.57, 0},
                        {0.05, 10, 0.1, 8, 15.4, 0},       {0.05, 50, 0.1, 8, 5.95, 0},
                        {0.05, 200, 0.1, 8, 2.76, 0},      {0.05, 1000, 0.1, 8, 1.40, 0},
                        {0.01, 200, 0.01, 40, 1.63, 0},    {0.01, 200, 0.02, 40, 1.08, 0},
                        {0.01, 200, 0.05, 40, 0.66, 0},    {0.01, 200, 0.1, 40, 0.49, 0},
                        {0.01, 200, 0.2, 40, 0.40, 0},     {0.01, 200, 0.5, 40, 0.35, 0}};

core::SimulatedRollout rollout_of(const Row& row) {
  return {
      .base = row.base,
      .requests_per_second = row.rate,
      .interval = std::chrono::seconds(15),
      .steps = {{.weight = row.weight, .intervals = static_cast<std::uint64_t>(row.intervals)}}};
}

// In points; 0 when nothing is found.
fakes::PowerFigures found_by(const Rule& rule, const Row& row, int runs) {
  core::SimulatedTraffic traffic(rollout_of(row), static_cast<std::uint64_t>(row.intervals));
  double shown = -1;
  core::FoundSearch search(
      [&](std::uint64_t seed, double difference) {
        if (difference != shown) traffic.set_difference(shown = difference);
        Stream stream{.intervals = {}, .planned = row.intervals, .weight = row.weight};
        Xoshiro chance(seed);
        for (std::size_t i = 0; i < traffic.frames(); ++i)
          stream.intervals.push_back(traffic.at(i, chance).counts);
        return rule(stream) != never;
      },
      row.base, static_cast<std::size_t>(runs));
  return {.usually = 100 * search.smallest(0.80).value_or(0),
          .almost_always = 100 * search.smallest(0.95).value_or(0)};
}

}  // namespace

int print_power(const Options& options) {
  const int runs = options.runs(runs_full);
  std::printf("smallest regression found in 80 and 95 %% of the rollouts, in points\n");
  int checked = 0, unknown = 0;
  for (const Row& row : rows) {
    const auto measured = found_by(measured_judge(), row, runs);
    const auto shipped = found_by(judge(), row, runs);
    const auto formula = core::visible_regression({.base = row.base,
                                                   .weight = row.weight,
                                                   .requests_per_second = row.rate,
                                                   .seconds = 15.0 * row.intervals});
    const auto errors = fakes::power_errors(measured, runs);
    const auto differs = [&](double points, double reference, double error) {
      if (reference == 0) return false;
      ++checked;
      return !fakes::agrees_with_reference(points, reference, error);
    };
    const bool usually_off = differs(measured.usually, row.usually, errors.usually);
    const bool surely_off =
        differs(measured.almost_always, row.almost_always, errors.almost_always);
    const bool off = usually_off || surely_off;
    if (off) ++unknown;
    std::printf(
        "  base %4.1f %%, %4.0f/s, weight %2.0f %%, %3d s: %.2f / %.2f (%.2f / %.2f); as "
        "shipped %.2f / %.2f; formula %.2f%s\n",
        100 * row.base, row.rate, 100 * row.weight, 15 * row.intervals, measured.usually,
        measured.almost_always, row.usually, row.almost_always, shipped.usually,
        shipped.almost_always, 100 * formula.value_or(0), off ? "  DIFFERS" : "");
  }
  std::printf("  %d figures checked, %d rows disagree\n", checked, unknown);
  return unknown;
}

}  // namespace kai::bench
