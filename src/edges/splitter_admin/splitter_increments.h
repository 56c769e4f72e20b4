// From two looks at the splitter's counts to slices: what happened between them. Nothing is
// estimated: both arms were counted by one program at one moment. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/judge/slice.h"
#include "edges/splitter_admin/splitter_counts.h"
#include "ports/metric_source.h"
#include "ports/workload.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

struct SplitterMeasured {
  std::string route;
  std::vector<std::uint64_t> edges_us;  // rising
};

class SplitterIncrements {
 public:
  // What was counted since the look before; nothing at the first one, which is where counting
  // begins. Another `started` than before means that another splitter counts: then everything that
  // it shows is new. Which arm a backend belongs to is told by the addresses of `pods` among its
  // endpoints.
  [[nodiscard]] ports::Counters take(const std::vector<SplitterMeasured>& services,
                                     const std::vector<ports::PodTarget>& pods,
                                     const splitter::SnapshotSpec& snapshot,
                                     const SplitterCounts& counts, const std::string& started,
                                     WallTime now);

 private:
  class Look;
  struct Cursor {
    SplitterCounted counted;
    std::uint64_t errors_owed = 0;  // told of before the requests that they belong to
  };
  // Only the counts; who they belong to is filled in by the caller.
  [[nodiscard]] static core::Slice slice_of(const SplitterMeasured& service,
                                            const SplitterCounted& now, Cursor& before);

  std::map<SplitterArm, Cursor> cursors_;
  std::optional<WallTime> last_;
  std::string started_;
};

}  // namespace kai::edges
