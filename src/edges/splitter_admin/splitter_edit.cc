#include "edges/splitter_admin/splitter_edit.h"

#include <algorithm>
#include <string>
#include <vector>

namespace kai::edges {
namespace {

using splitter::BackendSpec;
using splitter::RouteSpec;
using splitter::ShareSpec;
using splitter::SnapshotSpec;

constexpr std::uint32_t ppm_per_hundredth = 100;

template <typename List>
auto find_in(List& list, std::string_view id) -> decltype(list.data()) {
  const auto found =
      std::ranges::find(list, id, [](const auto& each) -> std::string_view { return each.id; });
  return found == list.end() ? nullptr : &*found;
}

const ShareSpec* share_of(const RouteSpec& route, std::string_view backend) {
  const auto& weights = route.split.weights;
  const auto found = std::ranges::find(
      weights, backend, [](const ShareSpec& share) -> std::string_view { return share.backend; });
  return found == weights.end() ? nullptr : &*found;
}

// Everything that is left goes to the stable backend.
void fill_up(const SnapshotSpec& snapshot, RouteSpec& route) {
  const BackendSpec* const stable = stable_of(snapshot, route);
  if (stable == nullptr) return;
  std::uint32_t others = 0;
  for (const ShareSpec& share : route.split.weights) {
    if (share.backend != stable->id) others += share.ppm;
  }
  for (ShareSpec& share : route.split.weights) {
    if (share.backend == stable->id) share.ppm = ppm_all - std::min(others, ppm_all);
  }
}

}  // namespace

RouteSpec* find_route(SnapshotSpec& snapshot, std::string_view id) {
  return find_in(snapshot.routes, id);
}
const RouteSpec* find_route(const SnapshotSpec& snapshot, std::string_view id) {
  return find_in(snapshot.routes, id);
}
BackendSpec* find_backend(SnapshotSpec& snapshot, std::string_view id) {
  return find_in(snapshot.backends, id);
}
const BackendSpec* find_backend(const SnapshotSpec& snapshot, std::string_view id) {
  return find_in(snapshot.backends, id);
}

const BackendSpec* stable_of(const SnapshotSpec& snapshot, const RouteSpec& route) {
  for (const ShareSpec& share : route.split.weights) {
    const BackendSpec* const backend = find_backend(snapshot, share.backend);
    if (backend != nullptr && backend->track == "stable") return backend;
  }
  return nullptr;
}

bool is_named(const RouteSpec& route, std::string_view backend) {
  return share_of(route, backend) != nullptr;
}

std::uint32_t listed_ppm(const RouteSpec& route, std::string_view backend) {
  const ShareSpec* const share = share_of(route, backend);
  return share == nullptr ? 0 : std::min(share->ppm, ppm_all);
}

std::uint32_t ppm_of(const SnapshotSpec& snapshot, const RouteSpec& route,
                     std::string_view backend) {
  const BackendSpec* const spec = find_backend(snapshot, backend);
  const bool is_open = spec != nullptr && spec->state != "closed";
  return is_open ? listed_ppm(route, backend) : 0;
}

bool is_forced(const SnapshotSpec& snapshot, const RouteSpec& route, std::string_view backend) {
  const BackendSpec* const spec = find_backend(snapshot, backend);
  if (spec == nullptr || spec->state == "closed") return false;
  return std::ranges::any_of(route.rules,
                             [backend](const auto& rule) { return rule.to == backend; });
}

std::uint32_t ppm_of(core::Weight weight) {
  return static_cast<std::uint32_t>(weight.hundredths()) * ppm_per_hundredth;
}

core::Weight weight_at_most(std::uint32_t ppm) {
  return core::Weight::from_hundredths((ppm + ppm_per_hundredth - 1) / ppm_per_hundredth);
}

core::Weight weight_at_least(std::uint32_t ppm) {
  return core::Weight::from_hundredths(ppm / ppm_per_hundredth);
}

void set_weight(SnapshotSpec& snapshot, RouteSpec& route, std::string_view canary,
                core::Weight weight) {
  const BackendSpec* const stable = stable_of(snapshot, route);
  std::uint32_t room = ppm_all - ppm_of(weight);
  for (ShareSpec& share : route.split.weights) {
    if (share.backend == canary) {
      share.ppm = ppm_of(weight);
    } else if (stable == nullptr || share.backend != stable->id) {
      share.ppm = std::min(share.ppm, room);
      room -= share.ppm;
    }
  }
  fill_up(snapshot, route);
  if (BackendSpec* const backend = find_backend(snapshot, canary))
    backend->state = weight.is_zero() ? "closed" : "active";
}

void add_canary(SnapshotSpec& snapshot, RouteSpec& route, std::string_view canary) {
  std::vector<std::string> idle;
  for (const ShareSpec& share : route.split.weights) {
    const BackendSpec* const backend = find_backend(snapshot, share.backend);
    const bool is_canary = backend != nullptr && backend->track == "canary";
    if (is_canary && ppm_of(snapshot, route, share.backend) == 0) idle.push_back(share.backend);
  }
  for (const std::string& one : idle) take_out(snapshot, route, one);
  route.split.weights.push_back({.backend = std::string(canary), .ppm = 0});
  set_weight(snapshot, route, canary, core::Weight::zero());
}

void take_out(SnapshotSpec& snapshot, RouteSpec& route, std::string_view canary) {
  std::erase_if(route.split.weights,
                [canary](const ShareSpec& share) { return share.backend == canary; });
  fill_up(snapshot, route);
}

}  // namespace kai::edges
