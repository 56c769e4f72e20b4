#include "os/real_clock.h"

#include <ctime>

#include "base/check.h"

namespace kai::os {
namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  KAI_CHECK(::clock_gettime(clock, &time) == 0);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

SteadyTime RealSteadyClock::now() const { return {read_clock(CLOCK_BOOTTIME)}; }

WallTime RealWallClock::now() const { return {read_clock(CLOCK_REALTIME)}; }

}  // namespace kai::os
