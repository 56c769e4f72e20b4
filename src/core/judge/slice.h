// Slice: what one pod counted between two successive scrapes. Integer counts, never a rate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace kai::core {

enum class Arm { canary, baseline };

struct Slice {
  std::uint32_t service = 0;  // index into the configured services
  Arm arm = Arm::baseline;
  std::string target;  // pod, for people and for scatter between pods
  WallTime from;       // of the source: from < t <= to
  WallTime to;
  Duration age = Duration::max();  // of the pod's process at `from`; unless told, old enough
  std::uint64_t requests = 0;      // increments of the same scrape
  std::uint64_t errors = 0;        // <= requests
  std::uint64_t timed = 0;         // requests that the histogram saw
  std::vector<std::uint64_t>
      slower;  // per latency edge of the service: requests slower than it; each <= timed

  friend bool operator==(const Slice&, const Slice&) = default;
};

}  // namespace kai::core
