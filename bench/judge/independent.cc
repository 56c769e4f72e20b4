// Independent errors: false rollbacks, and the time to find a defect.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/judge/reference.h"
#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "bench/judge/simulate.h"
#include "bench/judge/tables.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {
namespace {

std::vector<NamedRule> independent_rules() {
  return {{"threshold mode 95 %", threshold(0.95)},
          {"threshold mode 99 %", threshold(0.99)},
          {"Flagger 99 %, threshold 5", flagger(0.99, 5)},
          {"Flagger 99 %, threshold 1", flagger(0.99, 1)},
          {"Argo 95 %, 5m, limit 3", argo(0.95, 19, 3)},
          {"Argo 99 %, 1m, limit 0", argo(0.99, 3, 0)},
          {"Kayenta 1 min points", kayenta(4), 1500},
          {"Kayenta 15 s points", kayenta(1), 500},
          {"peeking z", peeking_z()},
          {"Lindon–Malek", lindon_malek()},
          {"judge", measured_judge()},
          {"judge, strict tolerance",
           measured_judge([](core::SequentialConfig& config) { config.strict_tolerance = true; })},
          {"judge, α = 5 %",
           measured_judge([](core::SequentialConfig& config) { config.alpha = 0.05; })},
          {"oracle SPRT", oracle()},
          {"judge as shipped", judge()}};
}

int print_base(const Options& options, double base, const std::vector<ReferenceRow>& reference) {
  const double defects[] = {0, 0.005, 0.01, 0.03, 0.1};
  std::vector<Experiment> experiments;
  for (const double more : defects) {
    for (const double rate : rates) {
      experiments.push_back(
          {.name = "independent " + std::to_string(base + more) + " " + std::to_string(rate),
           .make =
               [=](fakes::Traffic& traffic) { return independent(traffic, rate, base, more, 72); },
           .rules = independent_rules(),
           .runs = options.runs(4000)});
    }
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("independent errors, base %g %%: false | +0.5 | +1 | +3 | +10 pp\n", base * 100);
  Deviations deviations;
  const auto rules = independent_rules();
  for (std::size_t r = 0; r < rules.size(); ++r) {
    std::printf("%-26s", rules[r].name.c_str());
    const int reference_runs = rules[r].name.starts_with("Kayenta") ? 1500 : 4000;
    const bool compared = r < reference.size();
    for (std::size_t d = 0; d < 5; ++d) {
      const auto figures = split_figures(compared ? reference[r].figures[d] : "–", 4);
      std::printf(" |");
      for (std::size_t k = 0; k < 4; ++k) {
        const Cell& cell = cells[4 * d + k][r];
        std::printf("%s%s", k == 0 ? " " : " / ",
                    (d == 0 ? false_text(cell) : found_text(cell)).c_str());
        if (figures[k] == "–") continue;
        deviations.check(cell, figures[k], reference_runs,
                         fmt::format("base {:g} %, {}, +{:g} pp, {:g}/s", base * 100, rules[r].name,
                                     defects[d] * 100, rates[k]),
                         d == 0);
      }
    }
    std::printf("\n");
    if (!compared) continue;
    std::printf("%-26s", "  reference");
    for (const auto figure : reference[r].figures)
      std::printf(" | %.*s", static_cast<int>(figure.size()), figure.data());
    std::printf("\n");
  }
  return deviations.print();
}

}  // namespace

int print_independent(const Options& options) {
  const int of_tenth = print_base(options, 0.001, independent_tenth);
  return of_tenth + print_base(options, 0.01, independent_one);
}

// 40,000 identical releases per cell.
int print_identical(const Options& options) {
  std::vector<Experiment> experiments;
  for (const double base : {0.001, 0.01}) {
    for (const double rate : rates) {
      experiments.push_back(
          {.name = "identical " + std::to_string(base) + " " + std::to_string(rate),
           .make = [=](fakes::Traffic& traffic) { return independent(traffic, rate, base, 0, 40); },
           .rules = {{"judge", measured_judge()}, {"judge as shipped", judge()}},
           .runs = options.runs(40'000)});
    }
  }
  const auto cells = simulate(experiments, options.threads);
  const char* const reference[] = {"0.013", "0.078", "0.040", "0.000",
                                   "0.070", "0.068", "0.035", "0.008"};
  std::printf("false rollbacks of %d identical releases, per cent\n", options.runs(40'000));
  Deviations deviations;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::printf("  base %g %%, %4.0f/s: %.3f   reference %s   as shipped %.3f\n", i < 4 ? 0.1 : 1.0,
                rates[i % 4], 100 * cells[i][0].share(), reference[i], 100 * cells[i][1].share());
    deviations.check(cells[i][0], reference[i], 40'000, "identical, cell " + std::to_string(i),
                     true);
  }
  return deviations.print();
}

}  // namespace kai::bench
