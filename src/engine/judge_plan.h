// What `plan` says about the judge: how it looks, and what the traffic that there is can reveal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/judge/dispersion.h"
#include "core/judge/power.h"
#include "core/rollout/record.h"

namespace kai::engine {

// Where it is known from by how much healthy pods differ.
enum class ScatterSource {
  learned,  // from stable's pods
  raised,   // learned, and taken as 2 where it was less: from two pods, or fewer than 50 errors
  assumed,  // nothing could be learned: 2
};

struct Scatter {
  ScatterSource source = ScatterSource::assumed;
  std::uint32_t pods = 0;                     // learned from
  Duration history{0};                        // for so long
  std::vector<core::DispersionPoint> points;  // never empty
};

// What is known of one service's traffic, and what follows from it.
struct ServicePower {
  double requests_per_second = 0;  // above zero
  double error_share = 0;          // of stable
  core::Power power;
};

struct ServiceJudgePlan {
  std::string name;
  Scatter scatter;
  std::optional<ServicePower> known;  // empty: nobody knows its traffic
};

struct JudgePlan {
  Duration interval{0};
  int persist = 0;  // intervals that must agree
  std::vector<ServiceJudgePlan> services;
};

// Of a record that could start, under the sequential judge; `stable_pods` are ready, per service.
// Simulates rollouts for a second or two: for a plan that a person reads, not before a rollout.
[[nodiscard]] JudgePlan judge_plan(const core::Record& record,
                                   const std::vector<std::uint32_t>& stable_pods);

}  // namespace kai::engine
