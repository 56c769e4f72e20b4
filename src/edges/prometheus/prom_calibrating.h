// Calibrating: asks what stable's pods did in the last hours, once, before the canary exists.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "edges/prometheus/prom_plan.h"
#include "edges/prometheus/prom_world.h"
#include "ports/metric_source.h"

namespace kai::edges {

struct PromCalibrating {
  PromPlan plan;
  std::vector<std::string> services;   // names
  std::vector<ports::PodTarget> pods;  // stable's, of all services
  Duration step{0};                    // length of the intervals that will be compared
  WallTime now;                        // of the source
  std::optional<Duration> latency_max;
};

struct PromCalibrated {
  std::vector<ports::Calibration> services;  // one each; none when it could not be asked for
  std::vector<std::string> lines;            // for people
  std::vector<ports::Finding> findings;      // warnings only: what is not known is assumed
};

// Never an error: what cannot be learned is assumed, on the safe side.
void calibrate_pods(std::shared_ptr<PromWorld> world, PromCalibrating what,
                    Reply<PromCalibrated> reply);

}  // namespace kai::edges
