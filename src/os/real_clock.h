// The real clocks. os/real_clock.cc is the only file that reads them.
#pragma once

#include "base/clock.h"

namespace kai::os {

// CLOCK_BOOTTIME: never goes back, and counts the time in which the machine was suspended.
class RealSteadyClock final : public SteadyClock {
 public:
  [[nodiscard]] SteadyTime now() const override;
};

// CLOCK_REALTIME.
class RealWallClock final : public WallClock {
 public:
  [[nodiscard]] WallTime now() const override;
};

}  // namespace kai::os
