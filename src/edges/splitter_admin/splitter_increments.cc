#include "edges/splitter_admin/splitter_increments.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "edges/splitter_admin/splitter_edit.h"

namespace kai::edges {
namespace {

using ports::PodTarget;
using splitter::BackendSpec;

std::uint64_t beyond(std::uint64_t count, std::uint64_t less) {
  return count > less ? count - less : 0;
}

// How many of the timed requests were slower than the edge; empty when these counts do not tell.
std::optional<std::uint64_t> slower_than(std::uint64_t edge, const SplitterCounted& counted) {
  if (counted.timed == 0) return 0;
  const auto found = counted.within.find(edge);
  if (found == counted.within.end()) return std::nullopt;
  return beyond(counted.timed, found->second);
}

// The pods that a backend's endpoints belong to.
std::vector<const PodTarget*> pods_of(std::uint32_t service, const BackendSpec& backend,
                                      const std::vector<PodTarget>& pods) {
  std::vector<const PodTarget*> found;
  for (const PodTarget& pod : pods) {
    const bool is_endpoint =
        std::ranges::find(backend.endpoints, pod.address) != backend.endpoints.end();
    if (pod.service == service && is_endpoint) found.push_back(&pod);
  }
  return found;
}

}  // namespace

core::Slice SplitterIncrements::slice_of(const SplitterMeasured& service,
                                         const SplitterCounted& now, Cursor& before) {
  core::Slice slice;
  slice.requests = beyond(now.requests(), before.counted.requests());
  const std::uint64_t errors = beyond(now.errors(), before.counted.errors()) + before.errors_owed;
  slice.errors = std::min(errors, slice.requests);
  before.errors_owed = errors - slice.errors;
  slice.timed = beyond(now.timed, before.counted.timed);
  for (const std::uint64_t edge : service.edges_us) {
    const auto slower = slower_than(edge, now);
    const auto slower_before = slower_than(edge, before.counted);
    if (!slower || !slower_before) slice.timed = 0;  // it says nothing about latency
    slice.slower.push_back(
        std::min(beyond(slower.value_or(0), slower_before.value_or(0)), slice.timed));
  }
  if (slice.timed == 0) slice.slower.assign(service.edges_us.size(), 0);
  return slice;
}

// One look: which backends belong to which arm, and what each of them counted.
class SplitterIncrements::Look {
 public:
  Look(SplitterIncrements& memory, const SplitterCounts& counts, std::optional<WallTime> from,
       WallTime now)
      : memory_(memory), counts_(counts), from_(from) {
    answer_.source_now = now;
    answer_.arms_apart = true;
  }

  void add(std::uint32_t at, const SplitterMeasured& service, const std::vector<PodTarget>& pods,
           const splitter::SnapshotSpec& snapshot) {
    const splitter::RouteSpec* const route = find_route(snapshot, service.route);
    std::set<core::Arm> arms;
    for (const BackendSpec& backend : snapshot.backends) {
      if (route == nullptr || !is_named(*route, backend.id)) continue;
      const auto members = pods_of(at, backend, pods);
      if (members.empty()) continue;
      heard_.insert(members.begin(), members.end());
      const core::Arm arm = members.front()->arm;
      const bool is_mixed =
          std::ranges::any_of(members, [arm](const PodTarget* pod) { return pod->arm != arm; });
      answer_.arms_apart = answer_.arms_apart && !is_mixed && arms.insert(arm).second;
      if (!is_mixed && from_) add_slice(at, service, backend, members);
    }
    answer_.arms_apart = answer_.arms_apart && arms.size() == 2;
  }

  ports::Counters take(const std::vector<PodTarget>& pods, std::size_t services) {
    for (const PodTarget& pod : pods) {
      if (pod.service < services && pod.ready && !heard_.contains(&pod))
        answer_.silent_pods.push_back(pod.name);
    }
    std::ranges::stable_sort(answer_.slices, {}, [](const core::Slice& slice) {
      return std::tuple(slice.service, slice.target, slice.to);
    });
    return std::move(answer_);
  }

 private:
  void add_slice(std::uint32_t at, const SplitterMeasured& service, const BackendSpec& backend,
                 const std::vector<const PodTarget*>& members) {
    const SplitterArm key{
        .route = service.route, .version = backend.version, .track = backend.track};
    const auto found = counts_.find(key);
    core::Slice slice = slice_of(
        service, found == counts_.end() ? SplitterCounted{} : found->second, memory_.cursors_[key]);
    slice.service = at;
    slice.arm = members.front()->arm;
    slice.target = backend.id;
    slice.from = *from_;
    slice.to = answer_.source_now;
    // All of them are as old as the youngest: which of them answered is not told.
    slice.age =
        slice.from - (*std::ranges::max_element(members, {}, &PodTarget::started_at))->started_at;
    answer_.slices.push_back(std::move(slice));
  }

  SplitterIncrements& memory_;
  const SplitterCounts& counts_;
  std::optional<WallTime> from_;  // empty: it is the first look
  ports::Counters answer_;
  std::set<const PodTarget*> heard_;
};

ports::Counters SplitterIncrements::take(const std::vector<SplitterMeasured>& services,
                                         const std::vector<PodTarget>& pods,
                                         const splitter::SnapshotSpec& snapshot,
                                         const SplitterCounts& counts, const std::string& started,
                                         WallTime now) {
  const bool was_put_back = last_ && now <= *last_;  // our clock
  const std::optional<WallTime> from = was_put_back ? std::nullopt : last_;
  if (std::exchange(started_, started) != started) cursors_.clear();
  Look look(*this, counts, from, now);
  for (std::uint32_t at = 0; at < services.size(); ++at) look.add(at, services[at], pods, snapshot);
  for (const auto& [key, counted] : counts) cursors_[key].counted = counted;
  last_ = now;
  return look.take(pods, services.size());
}

}  // namespace kai::edges
