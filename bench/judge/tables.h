// What the tables share: how many runs, and the list of cells that disagree.
#pragma once

#include <cstdio>
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

// Independent errors at one rate, with the defect from the first interval on.
[[nodiscard]] Stream independent(fakes::Traffic& traffic, double rate, double base, double more,
                                 int length);

core::SequentialConfig& with_persist(core::SequentialConfig& config, int persist);

// One table each; docs/judge.md defines them.
void print_independent(const Options& options);
void print_identical(const Options& options);
void print_rough(const Options& options);
void print_tolerance(const Options& options);
void print_proofs(const Options& options);
void print_limits(const Options& options);
void print_flapping(const Options& options);
void print_pause(const Options& options);
void print_persistence(const Options& options);
void print_feed(const Options& options);
void print_ramp(const Options& options);
void print_latency(const Options& options);

}  // namespace kai::bench
