// What `plan` prints about the judge: how it looks, and what the traffic that there is can reveal.
#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "ports/metric_source.h"

namespace kai::engine {

// A service as it is now.
struct ServiceTraffic {
  std::string name;
  std::size_t stable_pods = 0;
  ports::Calibration calibration;
};

// Empty for the threshold rule, which promises nothing about what it sees.
[[nodiscard]] std::vector<std::string> judge_lines(const core::Plan& plan, Duration scrape_interval,
                                                   const std::vector<ServiceTraffic>& services);

}  // namespace kai::engine
