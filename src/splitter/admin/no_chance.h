// The source of chance where nothing is drawn that counts: a check, an explanation.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace kai::splitter {

class NoChance final : public Random {
 public:
  std::uint64_t next() override { return 0; }
};

}  // namespace kai::splitter
