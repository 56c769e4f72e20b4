#include "examples/shop/faults.h"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>

namespace shop {
namespace {

// The 95th percentile of an exponential distribution is its mean times ln 20.
const double p95_over_mean = std::log(20.0);
constexpr double spread = 0.2;

}  // namespace

FaultDice::FaultDice(const Faults& faults, std::uint64_t seed) : faults_(faults), random_(seed) {}

Draw FaultDice::draw(std::chrono::duration<double> since_start) {
  std::uniform_real_distribution<double> share(0, 1);
  const bool error = share(random_) * 100 < faults_.error_percent;
  double delay_ms = faults_.latency_mean_ms * (1 + spread * (2 * share(random_) - 1));
  if (faults_.latency_p95_ms > 0) {
    delay_ms =
        std::exponential_distribution<double>(p95_over_mean / faults_.latency_p95_ms)(random_);
  }
  if (since_start.count() < faults_.warm_up_s) {
    delay_ms += faults_.warm_up_latency_ms * (1 - since_start.count() / faults_.warm_up_s);
  }
  const bool needs = faults_.needs_percent > 0 && share(random_) * 100 < faults_.needs_percent;
  return {.error = error,
          .needs_dependency = needs,
          .delay = std::chrono::microseconds(static_cast<std::int64_t>(delay_ms * 1000))};
}

}  // namespace shop
