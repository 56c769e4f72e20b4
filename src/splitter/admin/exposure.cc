#include "splitter/admin/exposure.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>

#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

using Tracks = std::map<std::string_view, std::string_view>;  // of backends, by id

bool is_lower(const BackendSpec& before, const BackendSpec& after) {
  if (before.state == after.state) return true;
  return after.state == "closed" && before.track != "stable";
}

bool is_lower(const SplitSpec& before, const SplitSpec& after, const Tracks& tracks) {
  return std::ranges::all_of(after.weights, [&](const ShareSpec& share) {
    const auto known = std::ranges::find(before.weights, share.backend, &ShareSpec::backend);
    if (known == before.weights.end()) return share.ppm == 0;
    const auto track = tracks.find(share.backend);
    const bool is_stable = track != tracks.end() && track->second == "stable";
    return is_stable || share.ppm <= known->ppm;
  });
}

}  // namespace

bool is_lowering(const SnapshotSpec& before, const SnapshotSpec& after) {
  if (before.backends.size() != after.backends.size()) return false;
  if (before.routes.size() != after.routes.size()) return false;
  // `before` with the states, weights and stamps of `after`: what still differs is another kind of
  // change.
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
    moved.routes[at].split.stamp = after.routes[at].split.stamp;
  }
  return write_snapshot_spec(moved, Salts::written) == write_snapshot_spec(after, Salts::written);
}

}  // namespace kai::splitter
