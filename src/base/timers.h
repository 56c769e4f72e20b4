// Timers as a seam: call me at that time. In production the control plane's loop, in the simulation
// an event heap.
#pragma once

#include <cstdint>

#include "base/reply.h"
#include "base/time.h"

namespace kai {

using TimerId = std::uint64_t;

class Timers {
 public:
  virtual ~Timers() = default;
  // `task` runs once, at or after `when`, never inside this call.
  virtual TimerId at(SteadyTime when, Task task) = 0;
  // The task will not run. A timer that already ran is ignored.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace kai
