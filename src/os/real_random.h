// Chance from the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/random.h"

namespace kai::os {

class RealRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// The same, drawn a block at a time: for one thread that wants many.
class BlockRandom final : public Random {
 public:
  std::uint64_t next() override;

 private:
  static constexpr std::size_t block = 32;  // 256 bytes, which getrandom never cuts
  std::array<std::uint64_t, block> values_{};
  std::size_t used_ = block;
};

}  // namespace kai::os
