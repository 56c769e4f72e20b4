#include "core/judge/pace.h"

#include <algorithm>
#include <chrono>

namespace kai::core {
namespace {

constexpr Duration interval_min = std::chrono::seconds(5);
constexpr Duration interval_short = std::chrono::seconds(10);
constexpr int persist_long = 3;
constexpr int persist_short = 6;

}  // namespace

Duration judge_interval(const Plan& plan, Duration scrape_interval) {
  return std::max(scrape_interval, std::min(interval_min, plan.timing.interval));
}

int judge_persist(const Plan& plan, Duration interval) {
  if (plan.limits.persist > 0) return static_cast<int>(plan.limits.persist);
  return interval < interval_short ? persist_short : persist_long;
}

}  // namespace kai::core
