#include "core/judge/bounds.h"

#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cstdint>

namespace kai::core {
namespace {

constexpr double split_prior_requests = 100;

}  // namespace

double alarm_rate_bound(std::uint64_t alarms, std::uint64_t windows, double confidence) {
  if (alarms >= windows) return 1;
  using Binomial = boost::math::binomial_distribution<double>;
  return Binomial::find_upper_bound_on_p(static_cast<double>(windows), static_cast<double>(alarms),
                                         1 - confidence);
}

double split_evidence(std::uint64_t canary, std::uint64_t baseline, double share,
                      double prior_requests) {
  using boost::math::lgamma;
  const auto n = static_cast<double>(canary);
  const auto m = static_cast<double>(baseline);
  const double a = prior_requests * share;
  const double b = prior_requests * (1 - share);
  return lgamma(a + b) - lgamma(a) - lgamma(b) + lgamma(a + n) + lgamma(b + m) -
         lgamma(a + b + n + m) - n * std::log(share) - m * std::log1p(-share);
}

bool is_traffic_off_weight(std::uint64_t canary, std::uint64_t baseline, double share,
                           double alpha) {
  const double all = static_cast<double>(canary) + static_cast<double>(baseline);
  return static_cast<double>(canary) < 0.5 * share * all &&
         split_evidence(canary, baseline, share, split_prior_requests) >= std::log(10 / alpha);
}

}  // namespace kai::core
