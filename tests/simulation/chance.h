// Chance: everything random in a simulated world comes from one seed.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace kai::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  // splitmix64 (Steele, Lea, Flood 2014): passes BigCrush, one line, the same bits everywhere.
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // 0 <= result < below.
  std::uint64_t below(std::uint64_t below) { return below == 0 ? 0 : next() % below; }
  bool one_in(std::uint64_t n) { return n != 0 && below(n) == 0; }
  bool percent(std::uint64_t share) { return below(100) < share; }
  Duration between(Duration least, Duration most) {
    return least + Duration{static_cast<std::int64_t>(
                       below(static_cast<std::uint64_t>((most - least).count()) + 1))};
  }

 private:
  std::uint64_t state_;
};

}  // namespace kai::simulation
