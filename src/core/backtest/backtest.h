// Backtest: the judge on a service's own past. Stable's pods play both arms of rollouts that never
// were, so every rollback is a false alarm; with errors added to one arm, every rollback is a find.
// The threshold rule looks at the same frames. docs/backtest.md says how to read the figures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "base/time.h"
#include "core/backtest/fake_canary.h"
#include "core/backtest/past.h"
#include "core/backtest/windows.h"
#include "core/judge/judge.h"

namespace kai::core {

// Errors that are added to the fake canary, as a share of its good requests.
inline constexpr std::array backtest_shifts{0.01, 0.03, 0.10};

struct BacktestSettings {
  // As a rollout would have it: services, limits, pace. `rule` does not matter, and what is known
  // of the scatter between pods is learned before each window.
  JudgeConfig judge;
  std::vector<FakeStep> steps;    // never empty
  std::uint32_t canary_pods = 0;  // 0: by weight
  std::size_t check_every = 1;    // intervals between two checks of the threshold rule
  std::size_t warm_up = 0;        // intervals in which a pod that is new is not counted
  std::size_t learn_min = 1;      // intervals before a window, at least
  std::size_t learn_max = 1;      // no more are learned from
  std::size_t apart = 0;          // intervals between two windows that are not used
};

// How the windows ended under one rule.
struct RuleTally {
  std::size_t windows = 0;
  std::size_t rolled_back = 0;
  std::size_t passed = 0;
  std::size_t not_proved = 0;            // neither: inconclusive at the end
  std::vector<std::uint32_t> intervals;  // up to each rollback, in the order of the windows

  [[nodiscard]] double share() const;  // rolled back; 0 without windows
  // Highest rate of rollbacks that the windows leave possible, with 95 % confidence (one-sided
  // Clopper-Pearson). 1 without windows.
  [[nodiscard]] double share_max() const;
  // Over all windows; empty when half of them or more were not rolled back.
  [[nodiscard]] std::optional<std::uint32_t> median() const;
};

struct BothRules {
  RuleTally sequential;
  RuleTally threshold;
};

// The same windows with errors added to the canary of one service.
struct ShiftTally {
  std::uint32_t service = 0;
  double shift = 0;
  BothRules rules;
};

struct BacktestReport {
  std::size_t intervals = 0;  // all of them
  std::size_t window = 0;     // intervals of one window
  LeftOut left_out;
  std::size_t idle = 0;  // intervals in windows without a request in some arm
  BothRules identical;
  std::vector<ShiftTally> shifts;               // by service, then by size
  std::vector<std::size_t> split_by_requests;   // windows, per service
  std::vector<std::size_t> pods_min, pods_max;  // seen in one interval, per service
  // Mean over the windows of what the evidence came to at the end or at the rollback, each capped
  // at 1/alpha. A bet on identical versions cannot win on average, stopped or not: it is above 1
  // only by chance, or because the pods differ by more than was learned. Empty without windows.
  std::optional<double> evidence_mean;
  // Had the scatter been assumed this many times as large, no window would have been rolled back by
  // what it is divided by; empty: none of the factors that were tried is enough, or there was no
  // window. 1 without alarms.
  std::optional<double> scatter_factor;
};

// Windows without an alarm that are needed to say "at most alpha" with 95 % confidence.
[[nodiscard]] std::size_t windows_needed(double alpha);

class Backtest {
 public:
  // `rejected` when the judge cannot work with its configuration. `random` outlives this.
  [[nodiscard]] static Result<Backtest> create(BacktestSettings settings, Random& random);

  // One interval after the other. Judges when a window is whole: some milliseconds then.
  void add(PastInterval interval);
  [[nodiscard]] BacktestReport report() const;

 private:
  Backtest(BacktestSettings settings, Random& random);
  void note_pods(const PastInterval& interval);
  void drop_young(PastInterval& interval);
  void judge_window();
  [[nodiscard]] JudgeConfig learned() const;
  void try_more_scatter(const JudgeConfig& learned, const FakeRollout& rollout);

  BacktestSettings settings_;
  FakeRolloutSettings fake_;
  Random* random_;
  Windows windows_;
  // When each pod was last and first seen, in intervals.
  struct Seen {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  std::map<std::pair<std::uint32_t, std::string>, Seen> pods_;
  BacktestReport report_;
  double evidence_sum_ = 0;
  double factor_ = 1;  // largest that some window needed
  bool factor_found_ = true;
};

}  // namespace kai::core
