// Simulated traffic: the counts that a planned rollout would bring if requests failed
// independently. The same input gives the same counts on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "base/xoshiro.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/poisson.h"

namespace kai::core {

struct SimulatedStep {
  double weight = 0.1;          // of the canary, in [0, 1]
  std::uint64_t intervals = 1;  // above zero
};

struct SimulatedRollout {
  double base = 0.01;              // bad share of the baseline, in [0, 1]
  double requests_per_second = 0;  // of both arms; more than `PoissonLaw` takes are not told apart
  Duration interval{0};            // above zero
  std::vector<SimulatedStep> steps;  // never empty
  std::uint64_t warm_up = 0;         // intervals at the beginning without a judged canary
};

// In each interval the bad and the good requests of both arms are independent Poisson counts. Each
// frame takes four uniform numbers, whatever the shares: canaries that differ in their share alone
// meet the same luck.
class SimulatedTraffic {
 public:
  // Frames cover so many intervals that there are hardly more than `frames_max` of them.
  SimulatedTraffic(const SimulatedRollout& rollout, std::uint64_t frames_max);

  // From here on the canary's bad share is `base + difference`, at most 1.
  void set_difference(double difference);

  struct Moment {
    Counts counts;
    std::uint32_t span = 1;  // intervals
    double weight = 0;
    bool step_started = false;
  };
  // `frame` < frames(). `chance` was used for the frames before it, and for nothing else.
  [[nodiscard]] Moment at(std::size_t frame, Xoshiro& chance) const;

  [[nodiscard]] std::size_t frames() const { return stretch_of_.size(); }

 private:
  // Frames of one step that are alike.
  struct Stretch {
    std::uint32_t span = 1;
    double weight = 0;
    bool judged = true;
    std::size_t first_frame = 0;
    bool starts_step = false;
    double canary_requests = 0;  // on average, per frame
    PoissonLaw canary_bad{0}, canary_good{0}, baseline_bad{0}, baseline_good{0};
  };
  void add_stretch(const SimulatedRollout& rollout, Stretch stretch, std::uint64_t frames);

  double base_;
  std::vector<Stretch> stretches_;
  std::vector<std::size_t> stretch_of_;  // per frame
};

}  // namespace kai::core
