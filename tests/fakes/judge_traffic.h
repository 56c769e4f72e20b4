// Made-up traffic for the judge from one seed: the same on every machine with this standard
// library.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "core/judge/interval_evidence.h"

namespace kai::fakes {

// xoshiro256** 1.0 of Blackman and Vigna, seeded by splitmix64.
class Xoshiro {
 public:
  using result_type = std::uint64_t;
  explicit Xoshiro(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31U);
    }
  }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : source(seed) {}

  std::uint64_t poisson(double mean) {
    return mean <= 0 ? 0 : std::poisson_distribution<std::uint64_t>(mean)(source);
  }
  double uniform() { return static_cast<double>(source() >> 11U) * 0x1p-53; }
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
