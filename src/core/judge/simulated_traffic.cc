#include "core/judge/simulated_traffic.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace kai::core {

SimulatedTraffic::SimulatedTraffic(const SimulatedRollout& rollout, std::uint64_t frames_max)
    : base_(rollout.base) {
  KAI_CHECK(!rollout.steps.empty() && frames_max > 0);
  KAI_CHECK(rollout.base >= 0 && rollout.base <= 1 && rollout.requests_per_second >= 0);
  std::uint64_t intervals = 0;
  for (const SimulatedStep& step : rollout.steps) intervals += step.intervals;
  const std::uint64_t span = (intervals + frames_max - 1) / frames_max;
  std::uint64_t warm_up = rollout.warm_up;
  for (const SimulatedStep& step : rollout.steps) {
    const std::uint64_t cold = std::min(warm_up, step.intervals);
    warm_up -= cold;
    bool starts = true;
    for (const auto& [part, judged] : {std::pair{cold, false}, {step.intervals - cold, true}}) {
      for (const auto& [length, frames] :
           {std::pair{span, part / span}, {part % span, std::uint64_t{1}}}) {
        if (length == 0 || frames == 0) continue;
        add_stretch(rollout,
                    {.span = static_cast<std::uint32_t>(length),
                     .weight = step.weight,
                     .judged = judged,
                     .starts_step = std::exchange(starts, false)},
                    frames);
      }
    }
  }
}

void SimulatedTraffic::add_stretch(const SimulatedRollout& rollout, Stretch stretch,
                                   std::uint64_t frames) {
  const double requests =
      std::min(PoissonLaw::mean_max,
               rollout.requests_per_second * seconds_of(rollout.interval) * stretch.span);
  const double baseline = requests * (1 - stretch.weight);
  stretch.canary_requests = stretch.judged ? requests * stretch.weight : 0;
  stretch.baseline_bad = PoissonLaw(baseline * base_);
  stretch.baseline_good = PoissonLaw(baseline * (1 - base_));
  stretch.first_frame = stretch_of_.size();
  stretch_of_.insert(stretch_of_.end(), frames, stretches_.size());
  stretches_.push_back(std::move(stretch));
}

void SimulatedTraffic::set_difference(double difference) {
  const double share = std::min(1.0, base_ + difference);
  for (Stretch& stretch : stretches_) {
    stretch.canary_bad = PoissonLaw(stretch.canary_requests * share);
    stretch.canary_good = PoissonLaw(stretch.canary_requests * (1 - share));
  }
}

SimulatedTraffic::Moment SimulatedTraffic::at(std::size_t frame, Xoshiro& chance) const {
  const Stretch& stretch = stretches_[stretch_of_[frame]];
  Moment moment{.span = stretch.span,
                .weight = stretch.weight,
                .step_started = stretch.starts_step && frame == stretch.first_frame};
  Counts& counts = moment.counts;
  counts.x = stretch.canary_bad.at(chance.uniform());
  counts.n = counts.x + stretch.canary_good.at(chance.uniform());
  counts.y = stretch.baseline_bad.at(chance.uniform());
  counts.m = counts.y + stretch.baseline_good.at(chance.uniform());
  return moment;
}

}  // namespace kai::core
