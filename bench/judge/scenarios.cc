// Prints the tables of docs/judge.md, measured, each line above the reference figures it must agree
// with, and a list of the cells that do not.
//
// usage: judge_scenarios [SECTION]... [--runs PERCENT]
// sections: independent identical rough tolerance flapping pause persistence; all when none is
// named
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "bench/judge/pods.h"
#include "bench/judge/reference.h"
#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "bench/judge/simulate.h"

namespace kai::bench {
namespace {

constexpr double rates[] = {10, 50, 200, 1000};

struct Options {
  std::set<std::string> sections;
  int percent = 100;  // of the runs
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());

  [[nodiscard]] int runs(int full) const { return std::max(1, full * percent / 100); }
  [[nodiscard]] bool wants(const char* section) const {
    return sections.empty() || sections.contains(section);
  }
};

class Deviations {
 public:
  explicit Deviations(double interval_seconds = 15) : interval_seconds_(interval_seconds) {}
  void check(const Cell& cell, std::string_view reference, int reference_runs,
             const std::string& where, bool false_rate) {
    ++checked_;
    if (agrees(cell, reference, reference_runs, interval_seconds_)) return;
    lines_.push_back(where + ": " + (false_rate ? false_text(cell) : found_text(cell)) +
                     ", reference " + std::string(reference));
  }
  void print() const {
    std::printf("%zu of %d figures outside the agreement rule\n", lines_.size(), checked_);
    for (const std::string& line : lines_) std::printf("  %s\n", line.c_str());
    std::printf("\n");
  }

 private:
  double interval_seconds_;
  std::vector<std::string> lines_;
  int checked_ = 0;
};

// --- independent errors ---

Stream independent(fakes::Traffic& traffic, double rate, double base, double more, int length) {
  Stream stream{.base = base, .canary = base + more};
  for (int i = 0; i < length; ++i)
    stream.intervals.push_back(traffic.interval(rate, stream.weight, base + more, base));
  return stream;
}

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

void print_independent(const Options& options, double base,
                       const std::vector<ReferenceRow>& reference) {
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
                         rules[r].name + ", defect " + std::to_string(defects[d]) + ", rate " +
                             std::to_string(rates[k]),
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
  deviations.print();
}

// 40,000 identical releases per cell.
void print_identical(const Options& options) {
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
  deviations.print();
}

// --- rough traffic ---

core::SequentialConfig& with_persist(core::SequentialConfig& config, int persist) {
  config.persist = persist;
  return config;
}

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

void print_rough_false(const Options& options) {
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
  deviations.print();
}

void print_rough_found(const Options& options) {
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
  deviations.print();
}

// --- special cases ---

// A defect in every `period`-th interval only, from a random phase on; one hour.
void print_flapping(const Options& options) {
  std::vector<Experiment> experiments;
  for (const double more : {0.1, 0.4, 1.0}) {
    for (const int period : {2, 3, 4, 10}) {
      experiments.push_back(
          {.name = "flapping " + std::to_string(more) + std::to_string(period),
           .make =
               [=](fakes::Traffic& traffic) {
                 Stream stream{.planned = 240};
                 const int phase =
                     static_cast<int>(traffic.source() % static_cast<unsigned>(period));
                 for (int i = 0; i < stream.planned; ++i) {
                   const bool bad = i % period == phase;
                   const double share = std::min(1.0, 0.01 + (bad ? more : 0));
                   stream.intervals.push_back(traffic.interval(200, 0.1, share, 0.01));
                 }
                 return stream;
               },
           .rules = {{"judge", judge()}},
           .runs = options.runs(1000)});
    }
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf(
      "flapping, 200/s, base 1 %%: found within the time the specification gives, median\n");
  std::size_t i = 0;
  for (const double more : {0.1, 0.4, 1.0}) {
    for (const int period : {2, 3, 4, 10}) {
      const Cell& cell = cells[i++][0];
      const int bound = period == 10 ? 720 : 300;
      const auto in_time = std::ranges::count_if(cell.seconds, [&](int s) { return s <= bound; });
      const double percent = 100.0 * static_cast<double>(in_time) / cell.runs;
      std::printf("  +%3.0f pp in every %2d.: %5.1f %% within %d s (wanted 95), median %d s\n",
                  more * 100, period, percent, bound, cell.median().value_or(-1));
    }
  }
  std::printf("\n");
}

void planned_forty(core::SequentialConfig& config) { config.planned_intervals = 40; }

void print_pause(const Options& options) {
  struct Row {
    double more;
    const char* reference;
  };
  const Row rows[] = {{0.01, "390s"}, {0.03, "120s"}, {0.1, "105s"}};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    experiments.push_back({.name = "pause " + std::to_string(row.more),
                           .make =
                               [more = row.more](fakes::Traffic& traffic) {
                                 Stream stream{.planned = 320};
                                 for (int i = 0; i < 320; ++i)
                                   stream.intervals.push_back(traffic.interval(
                                       200, 0.1, 0.01 + (i >= 240 ? more : 0), 0.01));
                                 return stream;
                               },
                           .rules = {{"judge", measured_judge(planned_forty)},
                                     {"judge as shipped", judge(planned_forty)}},
                           .runs = options.runs(400),
                           .onset_seconds = 3600});
  }
  const auto cells = simulate(experiments, options.threads);
  std::printf("plan of 40 intervals, 240 healthy ones, then the defect\n");
  Deviations deviations;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::printf("  +%g pp: %s   reference %s   as shipped %s\n", rows[i].more * 100,
                found_text(cells[i][0]).c_str(), rows[i].reference,
                found_text(cells[i][1]).c_str());
    deviations.check(cells[i][0], rows[i].reference, 400, "pause " + std::to_string(i), false);
  }
  deviations.print();
}

void print_tolerance(const Options& options) {
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
  deviations.print();
}

// A burst of `seconds` on the canary alone from 120 s + U(0, 15) on; intervals get their share of
// it.
Stream burst_stream(fakes::Traffic& traffic, double more, double seconds) {
  Stream stream;
  const double begin = 120 + 15 * traffic.uniform(), end = begin + seconds;
  for (int i = 0; i < stream.planned; ++i) {
    const double inside = std::max(0.0, std::min(end, 15.0 * (i + 1)) - std::max(begin, 15.0 * i));
    stream.intervals.push_back(traffic.interval(200, 0.1, 0.01 + more * inside / 15, 0.01));
  }
  return stream;
}

// Three bursts of 30 s, minutes apart.
Stream three_bursts(fakes::Traffic& traffic) {
  Stream stream;
  for (int i = 0; i < stream.planned; ++i) {
    const bool bad = i == 8 || i == 9 || i == 20 || i == 21 || i == 32 || i == 33;
    stream.intervals.push_back(traffic.interval(200, 0.1, bad ? 0.21 : 0.01, 0.01));
  }
  return stream;
}

std::vector<NamedRule> persist_rules() {
  std::vector<NamedRule> rules;
  for (const bool shipped : {false, true}) {
    for (int k = 2; k <= 5; ++k) {
      const auto option = [k](core::SequentialConfig& config) { with_persist(config, k); };
      rules.push_back(
          {"k = " + std::to_string(k), shipped ? judge(option) : measured_judge(option)});
    }
  }
  return rules;
}

void print_persistence(const Options& options) {
  struct Row {
    double seconds;
    const char* five;    // +5 %, k = 2 / 3 / 4 / 5
    const char* twenty;  // +20 %
  };
  const Row rows[] = {{15, "2.8 / 0.6 / 0.2 / 0.1", "3.5 / 0.1 / 0.0 / 0.0"},
                      {30, "32 / 2.9 / 0.3 / 0.1", "71 / 3.0 / 0.4 / 0.1"},
                      {45, "96 / 33 / 3.0 / 0.4", "100 / 72 / 3.5 / 0.6"},
                      {60, "100 / 95 / 31 / 2.7", "100 / 100 / 72 / 2.5"}};
  std::vector<Experiment> experiments;
  for (const Row& row : rows) {
    for (const double more : {0.05, 0.2}) {
      experiments.push_back(
          {.name = "burst " + std::to_string(row.seconds) + " " + std::to_string(more),
           .make =
               [=](fakes::Traffic& traffic) { return burst_stream(traffic, more, row.seconds); },
           .rules = persist_rules(),
           .runs = options.runs(4000)});
    }
  }
  experiments.push_back({.name = "three bursts",
                         .make = three_bursts,
                         .rules = persist_rules(),
                         .runs = options.runs(4000)});
  const auto cells = simulate(experiments, options.threads);
  std::printf("bursts on the canary alone, rolled back in per cent, k = 2 / 3 / 4 / 5\n");
  Deviations deviations;
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    const bool three = i + 1 == experiments.size();
    const Row& row = rows[std::min<std::size_t>(i / 2, 3)];
    const auto figures = split_figures(three        ? "– / 0.2 / – / –"
                                       : i % 2 == 0 ? row.five
                                                    : row.twenty,
                                       4);
    std::printf("  %-22s", experiments[i].name.c_str());
    for (std::size_t k = 0; k < 4; ++k) {
      std::printf(" %.1f (%s; as shipped %.1f)", 100 * cells[i][k].share(), figures[k].c_str(),
                  100 * cells[i][4 + k].share());
      if (figures[k] == "–") continue;
      deviations.check(cells[i][k], figures[k], 4000,
                       experiments[i].name + ", k = " + std::to_string(k + 2), true);
    }
    std::printf("\n");
  }
  deviations.print();
}

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

void print_proofs(const Options& options) {
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
  deviations.print();
}

void print_limits(const Options& options) {
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
  deviations.print();
}

// Intervals of 5 s, as the splitter can feed them.
Stream fed_stream(fakes::Traffic& traffic, double rate, double more, double burst_seconds) {
  Stream stream{.planned = 120, .interval_seconds = 5};
  const double begin = 120 + 5 * traffic.uniform(), end = begin + burst_seconds;
  for (int i = 0; i < stream.planned; ++i) {
    const double inside = std::max(0.0, std::min(end, 5.0 * (i + 1)) - std::max(begin, 5.0 * i));
    const double share = 0.01 + (burst_seconds > 0 ? 0.2 * inside / 5 : more);
    stream.intervals.push_back(traffic.interval(rate / 3, 0.1, share, 0.01));
  }
  return stream;
}

void print_feed(const Options& options) {
  struct Row {
    int persist;
    const char* found;   // +1 / +3 / +10 pp at 200, +1 / +3 pp at 1000 requests per second
    const char* bursts;  // of 5 / 10 / 15 / 20 / 30 / 45 s
  };
  const Row rows[] = {{3, "110s / 30s / 15s / 35s / 15s", "0.3 / 4.7 / 60 / 100 / 100 / 100"},
                      {4, "120s / 35s / 20s / 40s / 20s", "0.1 / 0.5 / 4.2 / 58 / 100 / 100"},
                      {6, "165s / 50s / 30s / 60s / 30s", "0 / 0 / 0.2 / 0.5 / 35 / 100"},
                      {9, "93% 280s / 80s / 45s / 95s / 45s", "0 / 0 / 0 / 0 / 0.1 / 13"}};
  const std::pair<double, double> defects[] = {
      {200, 0.01}, {200, 0.03}, {200, 0.1}, {1000, 0.01}, {1000, 0.03}};
  std::vector<NamedRule> rules;
  for (const Row& row : rows) {
    const auto option = [k = row.persist](core::SequentialConfig& c) { with_persist(c, k); };
    rules.push_back({"k = " + std::to_string(row.persist), measured_judge(option)});
  }
  for (const Row& row : rows) {
    const auto option = [k = row.persist](core::SequentialConfig& c) { with_persist(c, k); };
    rules.push_back({"k = " + std::to_string(row.persist) + " as shipped", judge(option)});
  }
  std::vector<Experiment> experiments;
  for (const auto& [rate, more] : defects)
    experiments.push_back(
        {.name = "feed " + std::to_string(rate) + " " + std::to_string(more),
         .make = [=](fakes::Traffic& traffic) { return fed_stream(traffic, rate, more, 0); },
         .rules = rules,
         .runs = options.runs(2000)});
  for (const double seconds : {5, 10, 15, 20, 30, 45})
    experiments.push_back(
        {.name = "feed burst " + std::to_string(seconds),
         .make = [=](fakes::Traffic& traffic) { return fed_stream(traffic, 200, 0, seconds); },
         .rules = rules,
         .runs = options.runs(2000)});
  const auto cells = simulate(experiments, options.threads);
  std::printf("intervals of 5 s: +1 / +3 / +10 pp at 200/s, +1 / +3 pp at 1000/s; bursts\n");
  Deviations deviations(5);
  for (std::size_t r = 0; r < rules.size(); ++r) {
    const Row& row = rows[r % 4];
    const auto found = split_figures(row.found, 5), bursts = split_figures(row.bursts, 6);
    std::printf("  %-18s", rules[r].name.c_str());
    for (std::size_t i = 0; i < experiments.size(); ++i) {
      const Cell& cell = cells[i][r];
      const std::string& figure = i < 5 ? found[i] : bursts[i - 5];
      std::printf(" %s (%s)", (i < 5 ? found_text(cell) : false_text(cell)).c_str(),
                  figure.c_str());
      if (r < 4)
        deviations.check(cell, figure, 2000, rules[r].name + ", " + experiments[i].name, i >= 5);
    }
    std::printf("\n");
  }
  deviations.print();
}

// 5, 10, 25 and 50 % for ten intervals each, while the base rate moves too.
void print_ramp(const Options& options) {
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
  deviations.print();
}

// --- latency ---

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

void print_latency(const Options& options) {
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
  deviations.print();
}

Options options_of(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--runs" && i + 1 < count) {
      options.percent = std::atoi(words[++i]);
    } else {
      options.sections.insert(std::string(word));
    }
  }
  return options;
}

void print_all(const Options& options) {
  if (options.wants("independent")) {
    print_independent(options, 0.001, independent_tenth);
    print_independent(options, 0.01, independent_one);
  }
  if (options.wants("identical")) print_identical(options);
  if (options.wants("rough")) {
    print_rough_false(options);
    print_rough_found(options);
  }
  if (options.wants("tolerance")) print_tolerance(options);
  if (options.wants("flapping")) print_flapping(options);
  if (options.wants("pause")) print_pause(options);
  if (options.wants("persistence")) print_persistence(options);
  if (options.wants("proofs")) print_proofs(options);
  if (options.wants("limits")) print_limits(options);
  if (options.wants("feed")) print_feed(options);
  if (options.wants("ramp")) print_ramp(options);
  if (options.wants("latency")) print_latency(options);
}

}  // namespace
}  // namespace kai::bench

int main(int count, char** words) { kai::bench::print_all(kai::bench::options_of(count, words)); }
