// Chance from a seed.
#pragma once

#include "base/seeded_random.h"

namespace kai::fakes {

class FakeRandom final : public SeededRandom {
 public:
  explicit FakeRandom(std::uint64_t seed = 1) : SeededRandom(seed) {}
};

}  // namespace kai::fakes
