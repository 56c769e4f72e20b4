// The clocks as seams: the real ones are read in os/real_clock.cc alone, tests and the simulation
// own theirs.
#pragma once

#include "base/time.h"

namespace kai {

class SteadyClock {
 public:
  virtual ~SteadyClock() = default;
  [[nodiscard]] virtual SteadyTime now() const = 0;
};

class WallClock {
 public:
  virtual ~WallClock() = default;
  [[nodiscard]] virtual WallTime now() const = 0;
};

}  // namespace kai
