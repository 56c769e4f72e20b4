// xoshiro256** 1.0 of Blackman and Vigna, seeded by splitmix64: for long runs of made-up events.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "base/random.h"
#include "base/seeded_random.h"

namespace kai {

class Xoshiro final : public Random {
 public:
  using result_type = std::uint64_t;  // as the standard's distributions want it
  explicit Xoshiro(std::uint64_t seed) {
    SeededRandom seeds(seed);
    for (std::uint64_t& word : state_) word = seeds.next();
  }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() { return next(); }

  std::uint64_t next() override {
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
  // In [0, 1), of 53 bits.
  double uniform() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace kai
