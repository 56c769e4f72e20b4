// Chance from a seed, for what must come out the same each time it is asked for.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace kai {

// splitmix64 (Steele, Lea, Flood 2014): one line, the same bits everywhere.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace kai
