// Chance as a seam, so that a run can be replayed.
#pragma once

#include <cstdint>

namespace kai {

class Random {
 public:
  virtual ~Random() = default;
  // Uniform over all 64-bit values.
  virtual std::uint64_t next() = 0;
};

}  // namespace kai
