// Defects of a moment: bursts, defects that come and go, a defect after a long pause.
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

void planned_forty(core::SequentialConfig& config) { config.planned_intervals = 40; }

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

}  // namespace

// A defect in every `period`-th interval only, from a random phase on; one hour.
int print_flapping(const Options& options) {
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
  int missed = 0;
  for (const double more : {0.1, 0.4, 1.0}) {
    for (const int period : {2, 3, 4, 10}) {
      const Cell& cell = cells[i++][0];
      const int bound = period == 10 ? 720 : 300;
      const auto in_time = std::ranges::count_if(cell.seconds, [&](int s) { return s <= bound; });
      const double percent = 100.0 * static_cast<double>(in_time) / cell.runs;
      if (percent < 95) ++missed;
      std::printf("  +%3.0f pp in every %2d.: %5.1f %% within %d s (wanted 95), median %d s\n",
                  more * 100, period, percent, bound, cell.median().value_or(-1));
    }
  }
  std::printf("\n");
  return missed;
}

int print_pause(const Options& options) {
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
  return deviations.print();
}

int print_persistence(const Options& options) {
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
  return deviations.print();
}

int print_feed(const Options& options) {
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
  return deviations.print();
}

}  // namespace kai::bench
