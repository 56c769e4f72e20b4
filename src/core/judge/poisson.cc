#include "core/judge/poisson.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace kai::core {
namespace {

constexpr double negligible = 1e-17;  // of the likeliest count's probability

}  // namespace

// Outward from the likeliest count by the ratio of neighbours: neither e^-mean, which is 0 for a
// large one, nor a factorial is needed.
PoissonLaw::PoissonLaw(double mean) {
  KAI_CHECK(mean >= 0 && mean <= mean_max);
  const auto mode = static_cast<std::uint64_t>(mean);
  double weight = 1;
  first_ = mode;
  while (first_ > 0) {
    const double lower = weight * static_cast<double>(first_) / mean;
    if (lower < negligible) break;
    cumulative_.push_back(weight = lower);
    --first_;
  }
  std::ranges::reverse(cumulative_);
  weight = 1;
  for (std::uint64_t count = mode; weight >= negligible; ++count) {
    cumulative_.push_back(weight);
    weight = weight * mean / static_cast<double>(count + 1);
  }
  double sum = 0;
  for (double& part : cumulative_) part = sum += part;
}

std::uint64_t PoissonLaw::at(double uniform) const {
  const auto found = std::ranges::upper_bound(cumulative_, uniform * cumulative_.back());
  const auto index = static_cast<std::uint64_t>(found - cumulative_.begin());
  return first_ + std::min<std::uint64_t>(index, cumulative_.size() - 1);
}

}  // namespace kai::core
