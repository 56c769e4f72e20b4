// Rough traffic: bursts, retries, uneven pods.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/judge/pods.h"
#include "bench/judge/reference.h"
#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "bench/judge/simulate.h"
#include "bench/judge/tables.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {
namespace {

std::vector<NamedRule> rough_rules(bool false_rates) {
  std::vector<NamedRule> rules = {{"threshold 95 %", threshold(0.95)},
                                  {"Flagger 99 %/5", flagger(0.99, 5)},
                                  {"Argo 95 % 1m/0", argo(0.95, 3, 0)},
                                  {"Kayenta 1 min", kayenta(4), 1000},
                                  {"Kayenta 15 s", kayenta(1), 500},
                                  {"z", peeking_z()},
                                  {"L–M", lindon_malek()}};
  if (false_rates) rules.push_back({"φ = 1, no cap", uncapped()});
  rules.push_back({"φ = 2", measured_judge_with_flat_dispersion(2)});
  rules.push_back({"judge", measured_judge()});
  rules.push_back(
      {"k = 4", measured_judge([](core::SequentialConfig& config) { with_persist(config, 4); })});
  return rules;
}

Experiment rough_experiment(const Options& options, std::string scenario, double more,
                            std::vector<NamedRule> rules, int baseline_pods) {
  const int onset = is_late(scenario) ? 300 : 0;
  return {.name = scenario + " " + std::to_string(more) + " " + std::to_string(baseline_pods),
          .make =
              [scenario, more, baseline_pods](fakes::Traffic& traffic) {
                return rough_stream(
                    traffic, {.scenario = scenario, .more = more, .baseline_pods = baseline_pods});
              },
          .rules = std::move(rules),
          .runs = options.runs(2000),
          .onset_seconds = onset};
}

int reference_runs_of(const NamedRule& rule) { return std::min(rule.runs_max, 2000); }

int print_rough_false(const Options& options) {
  std::vector<Experiment> experiments;
  auto with_shipped = rough_rules(true);
  with_shipped.push_back({"as shipped", judge()});
  for (const ReferenceRow& row : rough_false)
    experiments.push_back(rough_experiment(options, std::string(row.name), 0, with_shipped, 9));
  for (const ReferenceRow& row : rough_false)
    experiments.push_back(
        rough_experiment(options, std::string(row.name), 0,
                         {{"J = 2", measured_judge()}, {"J = 2 as shipped", judge()}}, 2));
  auto cells = simulate(experiments, options.threads);
  const std::size_t scenarios = rough_false.size();
  auto rules = rough_rules(true);
  rules.push_back({"J = 2", {}});
  rules.push_back({"as shipped", judge()});
  rules.push_back({"J = 2 as shipped", {}});
  for (std::size_t i = 0; i < scenarios; ++i) {
    const auto shipped = cells[i].end() - 1;
    cells[i].insert(shipped, cells[scenarios + i][0]);
    cells[i].push_back(cells[scenarios + i][1]);
  }
  std::printf("rough traffic, false rollbacks in per cent (reference)\n");
  Deviations deviations;
  for (std::size_t i = 0; i < scenarios; ++i) {
    const ReferenceRow& row = rough_false[i];
    std::printf("%-24.*s", static_cast<int>(row.name.size()), row.name.data());
    for (std::size_t r = 0; r < rules.size(); ++r) {
      std::printf(" | %s %.1f", rules[r].name.c_str(), 100 * cells[i][r].share());
      if (r >= row.figures.size()) continue;
      std::printf(" (%.*s)", static_cast<int>(row.figures[r].size()), row.figures[r].data());
      deviations.check(cells[i][r], row.figures[r], reference_runs_of(rules[r]),
                       std::string(row.name) + ", " + rules[r].name, true);
    }
    std::printf("\n");
  }
  return deviations.print();
}

int print_rough_found(const Options& options) {
  std::vector<Experiment> experiments;
  auto rules = rough_rules(false);
  rules.push_back({"as shipped", judge()});
  for (const ReferenceRow& row : rough_found) {
    for (const double more : {0.01, 0.03})
      experiments.push_back(rough_experiment(options, std::string(row.name), more, rules, 9));
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("rough traffic, found at +1 pp / +3 pp (reference)\n");
  Deviations deviations;
  for (std::size_t i = 0; i < rough_found.size(); ++i) {
    const ReferenceRow& row = rough_found[i];
    std::printf("%-24.*s", static_cast<int>(row.name.size()), row.name.data());
    for (std::size_t r = 0; r < rules.size(); ++r) {
      const Cell& one = cells[2 * i][r];
      const Cell& three = cells[2 * i + 1][r];
      std::printf(" | %s %s / %s", rules[r].name.c_str(), found_text(one).c_str(),
                  found_text(three).c_str());
      if (r >= row.figures.size()) continue;
      std::printf(" (%.*s)", static_cast<int>(row.figures[r].size()), row.figures[r].data());
      const auto figures = split_figures(row.figures[r], 2);
      const std::string where = std::string(row.name) + ", " + rules[r].name;
      deviations.check(one, figures[0], reference_runs_of(rules[r]), where + ", +1 pp", false);
      deviations.check(three, figures[1], reference_runs_of(rules[r]), where + ", +3 pp", false);
    }
    std::printf("\n");
  }
  return deviations.print();
}

}  // namespace

int print_rough(const Options& options) {
  const int of_false = print_rough_false(options);
  return of_false + print_rough_found(options);
}

}  // namespace kai::bench
