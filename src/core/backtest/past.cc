#include "core/backtest/past.h"

#include <algorithm>

#include "core/judge/service_facts.h"

namespace kai::core {

std::vector<PastInterval> PastCutter::cut(const std::vector<PastSlice>& slices, WallTime until) {
  for (const auto& [slice, version] : slices) {
    const Duration longest = interval_ * static_cast<std::int64_t>(missed_intervals_max + 1);
    if (slice.to <= cut_until() || slice.to > until ||
        slice.to - slice.from > longest + interval_ / 2)
      continue;
    const auto number = static_cast<std::size_t>((slice.to - start_ - Duration(1)) / interval_);
    PodPast& pod = pending_[number][Key{slice.service, slice.target}];
    pod.service = slice.service;
    pod.pod = slice.target;
    pod.version = version;
    add(pod.counts, {.requests = slice.requests,
                     .errors = slice.errors,
                     .timed = slice.timed,
                     .slower = slice.slower});
  }
  const auto over = static_cast<std::size_t>(std::max(Duration(0), until - start_) / interval_);
  std::vector<PastInterval> intervals;
  for (; done_ < over; ++done_) {
    PastInterval& interval = intervals.emplace_back();
    const auto found = pending_.find(done_);
    if (found == pending_.end()) continue;
    for (auto& [key, pod] : found->second) interval.pods.push_back(std::move(pod));
    pending_.erase(found);
  }
  return intervals;
}

}  // namespace kai::core
