// Chance from the kernel.
#pragma once

#include "base/random.h"

namespace kai::os {

class RealRandom final : public Random {
 public:
  std::uint64_t next() override;
};

}  // namespace kai::os
