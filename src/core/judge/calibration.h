// Calibration: what stable's own pods showed while there was no canary. How much healthy pods
// differ, and which latency edges are worth judging. Learned before a canary is judged, never from
// it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/judge/dispersion.h"
#include "core/judge/judge.h"

namespace kai::core {

// Increments of one service's pods: a row per interval, oldest first, and in each row a column per
// pod. A pod without requests in an interval was not there.
using PodRows = std::vector<std::vector<ArmCounts>>;

struct PodCalibration {
  std::vector<DispersionPoint> errors;               // never empty
  std::vector<ServiceConfig::EdgeDispersion> edges;  // chosen to be judged; rising
  std::size_t pods = 0;                              // that had requests while another one had some
};

// `edges`: of the rows' histograms, in seconds; empty: latency is not looked at.
// `latency_max_seconds`: the limit whose nearest edge is judged, too.
[[nodiscard]] PodCalibration calibrate_pods(const PodRows& rows, std::span<const double> edges,
                                            std::optional<double> latency_max_seconds);

}  // namespace kai::core
