// The threshold rule: the plain rule that most users know. docs/judge.md, "--judge=threshold".
#pragma once

#include <deque>
#include <vector>

#include "core/judge/judge.h"

namespace kai::core {

// Keeps the canary's increments of the last `config.window` (fewer at the beginning) and, at every
// check:
//  - success = (requests - errors) / requests per service; below the limit fails at once; no
//  request: no answer;
//  - latency at the quantile by the buckets; above the limit fails; no timed request: no answer;
//  - step_end and final pass when the check at this moment answered and held for every service.
// No warm-up, no baseline, no memory beyond the window.
class ThresholdRule {
 public:
  explicit ThresholdRule(JudgeConfig config);
  // `frame` was validated by Judge.
  [[nodiscard]] Verdict observe(const Frame& frame);

 private:
  struct Interval {
    Duration span;
    std::vector<ServiceCounts> services;
  };
  void keep(const Frame& frame);
  [[nodiscard]] std::vector<ServiceFacts> facts() const;

  JudgeConfig config_;
  std::deque<Interval> intervals_;
  Duration kept_{0};
};

}  // namespace kai::core
