// Fake canary: some of stable's pods, chosen by lot, play the canary of a rollout that never was.
// Both arms ran the same version, so whatever a rule finds is a false alarm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "core/backtest/past.h"
#include "core/judge/judge.h"
#include "core/traffic/weight.h"

namespace kai::core {

struct FakeStep {
  Weight weight;              // of the canary, above zero
  std::size_t intervals = 1;  // above zero
};

// Of all steps together, in intervals.
[[nodiscard]] std::size_t length_of(const std::vector<FakeStep>& steps);

struct FakeRolloutSettings {
  std::vector<FakeStep> steps;  // never empty
  std::uint32_t services = 1;
  std::uint32_t canary_pods = 0;  // 0: by weight
  std::size_t check_every = 1;    // intervals between two checks; above zero
  Duration interval{0};
};

struct FakeRollout {
  std::vector<Frame> frames;            // one per interval that was seen
  std::vector<std::size_t> intervals;   // per frame: how many had passed at its end
  std::vector<bool> split_by_requests;  // per service: no two pods were there long enough
  bool idle = false;  // an arm of some service had no request at all: there is nothing to judge
};

// `window` is as long as all steps together. Of each service as many pods as the weight of a step
// needs are the canary, the others the baseline; pods that were there for less than three quarters
// of the window are never the canary. Requests of the arm that has more than its share are left out
// by lot, so that both follow the weight. Where no two pods stayed, requests are dealt out one by
// one.
[[nodiscard]] FakeRollout make_fake_rollout(const std::vector<PastInterval>& window,
                                            const FakeRolloutSettings& settings, Random& random);

// Turns good requests of the canary of one service into errors, each with this chance, 0 to 1.
void add_errors(FakeRollout& rollout, std::uint32_t service, double chance, Random& random);

// How many of `count` happen, each with `chance`.
[[nodiscard]] std::uint64_t draw_binomial(std::uint64_t count, double chance, Random& random);

}  // namespace kai::core
