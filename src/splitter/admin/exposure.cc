#include "splitter/admin/exposure.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

using Tracks = std::map<std::string_view, std::string_view>;  // of backends, by id

std::uint32_t ppm_of(const std::vector<ShareSpec>& weights, std::string_view backend) {
  const auto share = std::ranges::find(weights, backend, &ShareSpec::backend);
  return share == weights.end() ? 0 : share->ppm;
}

bool is_lower(const BackendSpec& before, const BackendSpec& after) {
  if (before.state == after.state) return true;
  return after.state == "closed" && before.track != "stable";
}

bool is_lower(const SplitSpec& before, const SplitSpec& after, const Tracks& tracks) {
  return std::ranges::all_of(after.weights, [&](const ShareSpec& share) {
    const auto track = tracks.find(share.backend);
    const bool is_stable = track != tracks.end() && track->second == "stable";
    return is_stable || share.ppm <= ppm_of(before.weights, share.backend);
  });
}

}  // namespace

bool is_lowering(const SnapshotSpec& before, const SnapshotSpec& after) {
  if (before.backends.size() != after.backends.size()) return false;
  if (before.routes.size() != after.routes.size()) return false;
  // `before` with the states and weights of `after`: what still differs is another kind of change.
  SnapshotSpec moved = before;
  moved.generation = after.generation;
  moved.writer_epoch = after.writer_epoch;
  Tracks tracks;
  for (std::size_t at = 0; at < moved.backends.size(); ++at) {
    if (!is_lower(before.backends[at], after.backends[at])) return false;
    moved.backends[at].state = after.backends[at].state;
    tracks.emplace(before.backends[at].id, before.backends[at].track);
  }
  for (std::size_t at = 0; at < moved.routes.size(); ++at) {
    if (!is_lower(before.routes[at].split, after.routes[at].split, tracks)) return false;
    moved.routes[at].split.weights = after.routes[at].split.weights;
  }
  return write_snapshot_spec(moved, Salts::written) == write_snapshot_spec(after, Salts::written);
}

}  // namespace kai::splitter
