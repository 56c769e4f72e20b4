// Calibration: what stable's pods showed before the canary existed. How much healthy pods differ,
// which latency edges are worth judging, how much one pod carries. Shown and pinned, never
// evidence. Pure.
#pragma once

#include <optional>
#include <vector>

#include "base/time.h"
#include "edges/prometheus/prom_increments.h"
#include "edges/prometheus/prom_plan.h"
#include "edges/prometheus/prom_samples.h"
#include "ports/metric_source.h"

namespace kai::edges {

// What was asked for one service: sums at the moments of a range.
struct PromHistory {
  std::vector<PromSeries> requests;  // by pod and status
  std::vector<PromSeries> buckets;   // by pod and edge; empty: no latency
  Duration step{0};                  // between two moments
};

// Empty points when nothing can be learned. `latency_max`: the limit whose nearest edge is judged,
// too.
[[nodiscard]] ports::Calibration calibrate(const PromFamily& family, const PromPodLabel& label,
                                           const std::vector<ports::PodTarget>& pods,
                                           const PromHistory& history,
                                           std::optional<Duration> latency_max);

}  // namespace kai::edges
