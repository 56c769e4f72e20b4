// What the tables share: how many runs, and the list of cells that disagree.
#pragma once

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {

inline constexpr double rates[] = {10, 50, 200, 1000};  // requests per second

struct Options {
  int percent = 100;  // of the runs
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());

  [[nodiscard]] int runs(int full) const { return std::max(1, full * percent / 100); }
};

// Cells outside the agreement rule. Those that are known, with a reason (known_deviations.h), are
// named beside the others and change nothing.
class Deviations {
 public:
  explicit Deviations(double interval_seconds = 15) : interval_seconds_(interval_seconds) {}
  void check(const Cell& cell, std::string_view reference, int reference_runs,
             const std::string& where, bool false_rate);
  // How many of them nobody knows.
  [[nodiscard]] int print() const;

 private:
  double interval_seconds_;
  std::vector<std::string> lines_;
  int checked_ = 0;
  int unknown_ = 0;
};

// Independent errors at one rate, with the defect from the first interval on.
[[nodiscard]] Stream independent(fakes::Traffic& traffic, double rate, double base, double more,
                                 int length);

core::SequentialConfig& with_persist(core::SequentialConfig& config, int persist);

// One table each; docs/judge.md defines them. How many figures disagree that nobody knows of.
[[nodiscard]] int print_independent(const Options& options);
[[nodiscard]] int print_identical(const Options& options);
[[nodiscard]] int print_rough(const Options& options);
[[nodiscard]] int print_tolerance(const Options& options);
[[nodiscard]] int print_proofs(const Options& options);
[[nodiscard]] int print_limits(const Options& options);
[[nodiscard]] int print_flapping(const Options& options);
[[nodiscard]] int print_pause(const Options& options);
[[nodiscard]] int print_persistence(const Options& options);
[[nodiscard]] int print_feed(const Options& options);
[[nodiscard]] int print_ramp(const Options& options);
[[nodiscard]] int print_latency(const Options& options);
[[nodiscard]] int print_power(const Options& options);

}  // namespace kai::bench
