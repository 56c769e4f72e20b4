// A sequential rule that is fed frame by frame, for tests and benches.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "core/judge/sequential.h"

namespace kai::fakes {

class JudgeRun {
 public:
  explicit JudgeRun(const core::SequentialConfig& config)
      : rule(core::SequentialRule::create(config).value()) {}

  struct Options {
    core::Ask ask = core::Ask::tick;
    bool step_started = false;
    std::uint32_t span = 1;
    std::uint32_t weight_ppm = 100'000;
    double load_ratio = 1;
    std::vector<core::Counts> young{};
    std::vector<core::ValuePair> values{};
  };

  core::SequentialVerdict see(const std::vector<core::Counts>& series, const Options& options) {
    last = rule.observe({.sequence = ++sequence,
                         .span = options.span,
                         .ask = options.ask,
                         .step_started = options.step_started,
                         .weight_ppm = options.weight_ppm,
                         .load_ratio = options.load_ratio,
                         .series = series,
                         .young = options.young,
                         .values = options.values});
    return last;
  }
  core::SequentialVerdict see(const std::vector<core::Counts>& series) {
    return see(series, Options{});
  }
  // The same frame again and again; stops at a fail.
  core::SequentialVerdict see_times(int times, const std::vector<core::Counts>& series) {
    for (int i = 0; i < times && last.outcome != core::Outcome::fail; ++i) see(series);
    return last;
  }

  core::SequentialRule rule;
  std::uint64_t sequence = 0;
  core::SequentialVerdict last;
};

// 1 % of the requests fail, on either side.
inline constexpr core::Counts healthy{.n = 300, .x = 3, .m = 2700, .y = 27};

inline core::SequentialConfig one_series() { return {.series = {{.name = "errors"}}}; }

// x of n on the canary, y of m on the baseline: the order of the specification's examples.
inline core::Counts counts(std::uint64_t n, std::uint64_t x, std::uint64_t m, std::uint64_t y) {
  return {.n = n, .x = x, .m = m, .y = y};
}

}  // namespace kai::fakes
