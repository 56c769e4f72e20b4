// Made-up traffic for the judge from one seed: the same on every machine with this standard
// library.
#pragma once

#include <cstdint>
#include <random>

#include "base/xoshiro.h"
#include "core/judge/interval_evidence.h"

namespace kai::fakes {

using kai::Xoshiro;

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : source(seed) {}

  std::uint64_t poisson(double mean) {
    return mean <= 0 ? 0 : std::poisson_distribution<std::uint64_t>(mean)(source);
  }
  double uniform() { return source.uniform(); }
  double normal() { return std::normal_distribution<double>()(source); }

  // `requests` on average, each bad with `share`: bad and good ones are independent Poisson counts,
  // which is the same law as a binomial share of a Poisson number.
  void arm(double requests, double share, std::uint64_t& all, std::uint64_t& bad) {
    bad = poisson(requests * share);
    all = bad + poisson(requests * (1 - share));
  }
  // One interval of 15 s at `rate` requests per second, the canary with `weight` of them.
  core::Counts interval(double rate, double weight, double canary_share, double baseline_share) {
    core::Counts counts;
    arm(15 * rate * weight, canary_share, counts.n, counts.x);
    arm(15 * rate * (1 - weight), baseline_share, counts.m, counts.y);
    return counts;
  }

  Xoshiro source;
};

}  // namespace kai::fakes
