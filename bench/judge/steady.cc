// Traffic of one law throughout: the edge of the tolerance, proofs of health and of limits, ramps.
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

// One line of figures over the four rates.
void print_rates(const std::vector<std::vector<Cell>>& cells, std::size_t first, std::size_t rule,
                 const std::string& name, const char* reference, bool in_per_cent,
                 Deviations& deviations) {
  const auto figures = split_figures(reference, 4);
  std::printf("  %-34s", name.c_str());
  for (std::size_t k = 0; k < 4; ++k) {
    const Cell& cell = cells[first + k][rule];
    std::printf("%s%s", k == 0 ? "" : " / ",
                (in_per_cent ? false_text(cell) : found_text(cell)).c_str());
    deviations.check(cell, figures[k], 2000, name + ", rate " + std::to_string(rates[k]),
                     in_per_cent);
  }
  std::printf("   reference %s\n", reference);
}

}  // namespace

int print_tolerance(const Options& options) {
  struct Row {
    double rate;
    const char* figures;
  };
  const Row rows[] = {{200, "0.1 / 0.4 / 0.8 / 1.9 / 4.9 / 23 / 55"},
                      {1000, "0 / 0.1 / 0.3 / 1.8 / 13 / 74 / 99"},
                      {5000, "0 / 0 / 0.1 / 0.7 / 10.5 / 99 / 100"}};
  const double points[] = {0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    for (const double more : points) {
      experiments.push_back(
          {.name = "tolerance " + std::to_string(row.rate) + " " + std::to_string(more),
           .make =
               [rate = row.rate, more](fakes::Traffic& traffic) {
                 return independent(traffic, rate, 0.01, more / 100, 40);
               },
           .rules = {{"judge", measured_judge()}, {"judge as shipped", judge()}},
           .runs = options.runs(2000)});
    }
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("rolled back at +0 / 0.05 / 0.10 / 0.15 / 0.20 / 0.30 / 0.40 pp, limit 1.2 %%\n");
  Deviations deviations;
  for (std::size_t r = 0; r < 3; ++r) {
    std::printf("  %5.0f/s:", rows[r].rate);
    const auto figures = split_figures(rows[r].figures, 7);
    for (std::size_t k = 0; k < 7; ++k) {
      const Cell& cell = cells[7 * r + k][0];
      std::printf(" %.1f (%s; as shipped %.1f)", 100 * cell.share(), figures[k].c_str(),
                  100 * cells[7 * r + k][1].share());
      deviations.check(cell, figures[k], 2000,
                       "tolerance " + std::to_string(rows[r].rate) + " +" + figures[k], true);
    }
    std::printf("\n");
  }
  return deviations.print();
}

// A burst of `seconds` on the canary alone from 120 s + U(0, 15) on; intervals get their share of

int print_proofs(const Options& options) {
  struct Row {
    double base, canary;
    const char* reference;
    bool in_per_cent;
  };
  const Row rows[] = {{0.001, 0.001, "7% / 195s / 75s / 60s", false},
                      {0.01, 0.01, "26% / 93% 255s / 120s / 60s", false},
                      {0.001, 0.0065, "0.3 / 2.0 / 0.9 / 0.1", true},
                      {0.01, 0.02, "1.7 / 1.1 / 0.4 / 0.5", true},
                      {0.01, 0.04, "0.0", true}};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    for (const double rate : rates)
      experiments.push_back(
          {.name = "healthy " + std::to_string(row.canary) + " " + std::to_string(rate),
           .make =
               [=](fakes::Traffic& traffic) {
                 return independent(traffic, rate, row.base, row.canary - row.base, 40);
               },
           .rules = {{"healthy", proved_healthy()}},
           .runs = options.runs(2000)});
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("proved healthy (rightly, then wrongly at the edge of the promise), by rate\n");
  Deviations deviations;
  for (std::size_t i = 0; i < std::size(rows); ++i)
    print_rates(
        cells, 4 * i, 0,
        "base " + std::to_string(rows[i].base) + ", canary " + std::to_string(rows[i].canary),
        rows[i].reference, rows[i].in_per_cent, deviations);
  return deviations.print();
}

int print_limits(const Options& options) {
  struct Row {
    double share;
    const char* bad;
    const char* good;
  };
  const Row rows[] = {{0.01, "0%", "120s / 75s / 60s / 60s"},
                      {0.03, "0%", "40% / 99% 255s / 120s / 75s"},
                      {0.04, "0%", "10% / 24% / 96% 330s / 120s"},
                      {0.05, "0%", "2.5% / 0.1% / 0.1% / 0%"},
                      {0.06, "0.4% / 3% / 79% 465s / 120s", "1.1% / 0% / 0% / 0%"},
                      {0.08, "20% / 97% 240s / 98s / 45s", "0%"},
                      {0.2, "105s / 45s / 45s / 45s", "0%"}};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    for (const double rate : rates)
      experiments.push_back(
          {.name = "limit " + std::to_string(row.share) + " " + std::to_string(rate),
           .make =
               [=](fakes::Traffic& traffic) {
                 return independent(traffic, rate, row.share, 0, 40);
               },
           .rules = {{"bad", proved_above(0.05)}, {"good", proved_below(0.05)}},
           .runs = options.runs(2000)});
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("limit of 95 %% success, proved bad and proved good, by rate\n");
  Deviations deviations;
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const std::string name = std::to_string(rows[i].share);
    print_rates(cells, 4 * i, 0, "bad share " + name + ", proved bad", rows[i].bad, false,
                deviations);
    print_rates(cells, 4 * i, 1, "bad share " + name + ", proved good", rows[i].good, false,
                deviations);
  }
  return deviations.print();
}

// 5, 10, 25 and 50 % for ten intervals each, while the base rate moves too.
int print_ramp(const Options& options) {
  struct Row {
    const char* name;
    std::function<double(int)> base;
    const char* figures;  // identical | +1 pp | +3 pp
  };
  const Row rows[] = {
      {"1 %", [](int) { return 0.01; }, "0.1 / 195s / 60s"},
      {"0.5 to 3 %", [](int i) { return 0.005 + 0.025 * i / 39; }, "0.1 / 195s / 60s"},
      {"3 to 0.5 %", [](int i) { return 0.03 - 0.025 * i / 39; }, "0.1 / 300s / 90s"},
      {"4 % in 20-29", [](int i) { return i / 10 == 2 ? 0.04 : 0.01; }, "0.0 / 195s / 60s"}};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    for (const double more : {0.0, 0.01, 0.03})
      experiments.push_back({.name = std::string("ramp ") + row.name + std::to_string(more),
                             .make =
                                 [base = row.base, more](fakes::Traffic& traffic) {
                                   const double weights[] = {0.05, 0.1, 0.25, 0.5};
                                   Stream stream{.steps = {10, 20, 30}};
                                   for (int i = 0; i < 40; ++i)
                                     stream.intervals.push_back(traffic.interval(
                                         200, weights[i / 10], base(i) + more, base(i)));
                                   return stream;
                                 },
                             .rules = {{"judge", measured_judge()}, {"as shipped", judge()}},
                             .runs = options.runs(2000)});
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("ramp of four weights while the base rate moves: identical / +1 pp / +3 pp\n");
  Deviations deviations;
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    const auto figures = split_figures(rows[i].figures, 3);
    std::printf("  %-14s", rows[i].name);
    for (std::size_t k = 0; k < 3; ++k) {
      const auto& both = cells[3 * i + k];
      const auto text = [&](const Cell& cell) {
        return k == 0 ? false_text(cell) : found_text(cell);
      };
      std::printf(" %s (%s; as shipped %s)", text(both[0]).c_str(), figures[k].c_str(),
                  text(both[1]).c_str());
      deviations.check(both[0], figures[k], 2000, experiments[3 * i + k].name, k == 0);
    }
    std::printf("\n");
  }
  return deviations.print();
}

}  // namespace kai::bench
