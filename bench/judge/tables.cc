#include "bench/judge/tables.h"

#include <algorithm>
#include <cstdio>

#include "bench/judge/known_deviations.h"

namespace kai::bench {

void Deviations::check(const Cell& cell, std::string_view reference, int reference_runs,
                       const std::string& where, bool false_rate) {
  ++checked_;
  if (agrees(cell, reference, reference_runs, interval_seconds_)) return;
  std::string line = where + ": " + (false_rate ? false_text(cell) : found_text(cell)) +
                     ", reference " + std::string(reference) + at_median_text(cell, reference);
  const auto* const known = std::ranges::find(known_deviations, where, &KnownDeviation::where);
  if (known == std::end(known_deviations)) {
    ++unknown_;
    line += "   NOT KNOWN";
  } else {
    line += "   known: " + std::string(known->reason);
  }
  lines_.push_back(std::move(line));
}

int Deviations::print() const {
  std::printf("%zu of %d figures outside the agreement rule, %d of them not known\n", lines_.size(),
              checked_, unknown_);
  for (const std::string& line : lines_) std::printf("  %s\n", line.c_str());
  std::printf("\n");
  return unknown_;
}

Stream independent(fakes::Traffic& traffic, double rate, double base, double more, int length) {
  Stream stream{.base = base, .canary = base + more};
  for (int i = 0; i < length; ++i)
    stream.intervals.push_back(traffic.interval(rate, stream.weight, base + more, base));
  return stream;
}

core::SequentialConfig& with_persist(core::SequentialConfig& config, int persist) {
  config.persist = persist;
  return config;
}

}  // namespace kai::bench
