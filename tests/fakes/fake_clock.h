// Clocks that stand until a test moves them.
#pragma once

#include "base/clock.h"

namespace kai::fakes {

class FakeSteadyClock final : public SteadyClock {
 public:
  [[nodiscard]] SteadyTime now() const override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }
  void set(SteadyTime now) { now_ = now; }

 private:
  SteadyTime now_{std::chrono::hours(1)};
};

// Starts at 2026-01-02T03:04:05Z. May jump either way.
class FakeWallClock final : public WallClock {
 public:
  [[nodiscard]] WallTime now() const override { return now_; }
  void advance(Duration by) { now_ = now_ + by; }
  void set(WallTime now) { now_ = now; }

 private:
  WallTime now_{std::chrono::seconds(1767323045)};
};

}  // namespace kai::fakes
