// Past: what stable's pods counted long ago, cut into the intervals that a judge compares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/judge/judge.h"
#include "core/judge/slice.h"

namespace kai::core {

// A slice, and which version of the release its pod was: pods of two versions are no replicas.
struct PastSlice {
  Slice slice;
  std::string version;
};

// What one pod counted in one interval.
struct PodPast {
  std::uint32_t service = 0;
  std::string pod;
  std::string version;
  ArmCounts counts;
};

struct PastInterval {
  std::vector<PodPast> pods;  // by service and name; empty: nobody saw anything
  bool warming = false;       // pods were taken out of it: too new to be counted
};

// So many intervals in a row without a sample are missed scrapes, as in a rollout; more are a gap.
inline constexpr std::size_t missed_intervals_max = 2;

// Puts slices into intervals, by the scrape that they end with. A slice that spans a gap is in
// none: nobody knows when its requests came.
class PastCutter {
 public:
  // The first interval begins at `start`; `interval` above zero.
  PastCutter(WallTime start, Duration interval) : start_(start), interval_(interval) {}

  // Slices that ended after what was cut before and at `until` or before it; a straggler is
  // dropped. Answers the intervals that are over at `until`, in order, with those that are empty.
  [[nodiscard]] std::vector<PastInterval> cut(const std::vector<PastSlice>& slices, WallTime until);

  [[nodiscard]] WallTime cut_until() const {
    return start_ + interval_ * static_cast<std::int64_t>(done_);
  }

 private:
  using Key = std::pair<std::uint32_t, std::string>;

  WallTime start_;
  Duration interval_;
  std::size_t done_ = 0;                                   // intervals that were answered
  std::map<std::size_t, std::map<Key, PodPast>> pending_;  // by number of the interval
};

}  // namespace kai::core
