// Pace: how long the intervals are that the sequential rule compares, and how many must agree.
#pragma once

#include "base/time.h"
#include "core/plan/plan.h"

namespace kai::core {

// Length of an interval: that of a scrape, at least 5 s unless somebody wants checks more often.
[[nodiscard]] Duration judge_interval(const Plan& plan, Duration scrape_interval);

// Intervals that have to agree: as the plan says, else 3, and 6 of those that are shorter than 10
// s: a burst of a few seconds would be a defect otherwise.
[[nodiscard]] int judge_persist(const Plan& plan, Duration interval);

}  // namespace kai::core
