#include "core/judge/planning.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/judge/interval_evidence.h"
#include "core/judge/portable_math.h"

namespace kai::core {
namespace {

constexpr double search_price = 2.5;  // nats for not knowing the size and the start of a defect
constexpr double smallest_difference = 1e-5;
constexpr double base_min = 1e-9;  // at zero the ratio of the shares is infinite
constexpr int halvings = 60;

bool is_found(const PlannedTraffic& traffic, double canary, const Tolerance& tolerance,
              double nats) {
  if (canary <= tolerance.rho * traffic.base + tolerance.delta) return false;
  const SharePair shares{.base = traffic.base,
                         .canary = canary,
                         .baseline_ratio = (1 - traffic.weight) / traffic.weight};
  const Growth growth = growth_of(shares, tolerance);
  const double requests = traffic.weight * traffic.requests_per_second * traffic.seconds;
  return growth.drift > 0 &&
         requests_needed(growth, nats, traffic.z, traffic.dispersion) <= requests;
}

bool is_found(const PlannedTraffic& traffic, double canary) {
  return is_found(traffic, canary, {}, ln_of(1 / traffic.alpha) + search_price) &&
         is_found(traffic, canary, traffic.tolerance, search_price);
}

}  // namespace

Growth growth_of(const SharePair& shares, const Tolerance& tolerance) {
  const double kappa = shares.baseline_ratio;
  const double psi = shares.canary / (shares.base + tolerance.delta / tolerance.rho);
  const double q = (tolerance.rho + kappa) / (psi + kappa);
  const double per_bad = ln_of(psi * q / tolerance.rho);
  const double ln_q = ln_of(q);
  return {.drift = shares.canary * per_bad + kappa * shares.base * ln_q +
                   (tolerance.delta * kappa / tolerance.rho) * (q - 1),
          .variance = shares.canary * per_bad * per_bad + kappa * shares.base * ln_q * ln_q};
}

double requests_needed(const Growth& growth, double nats, double z, double dispersion) {
  const auto [drift, variance] = growth;
  const double root =
      (z * std::sqrt(variance) + std::sqrt(z * z * variance + 4 * drift * nats)) / (2 * drift);
  return dispersion * root * root;
}

std::optional<double> visible_regression(const PlannedTraffic& asked) {
  PlannedTraffic traffic = asked;
  traffic.base = std::max(traffic.base, base_min);
  double low = ln_of(smallest_difference);
  double high = ln_of((1 - traffic.base) * (1 - 1e-12));
  if (!is_found(traffic, traffic.base + exp_of(high))) return std::nullopt;
  for (int i = 0; i < halvings; ++i) {
    const double middle = (low + high) / 2;
    (is_found(traffic, traffic.base + exp_of(middle)) ? high : low) = middle;
  }
  return exp_of(high);
}

}  // namespace kai::core
