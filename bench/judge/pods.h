// Rough traffic: ten equal pods, one of them the canary, and the history that dispersion is learned
// from. Definitions: docs/judge.md.
#pragma once

#include <string>

#include "bench/judge/rules.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {

struct RoughTraffic {
  std::string scenario;  // "iid", "retry clusters", ...
  double more = 0;  // defect, a share; from interval 0, or from 20 in the scenarios that end in
                    // "late" and in "late start"
  int baseline_pods = 9;  // 2: dispersion has a floor of 2
};

// 72 intervals at 200 requests per second over ten pods and a base rate of 1 %.
[[nodiscard]] Stream rough_stream(fakes::Traffic& traffic, const RoughTraffic& rough);

[[nodiscard]] bool is_late(const std::string& scenario);

}  // namespace kai::bench
