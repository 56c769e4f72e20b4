// What a snapshot of the splitter says about a service, and changes to it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/traffic/weight.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

inline constexpr std::uint32_t ppm_all = 1'000'000;

// Null: there is none.
[[nodiscard]] splitter::RouteSpec* find_route(splitter::SnapshotSpec& snapshot,
                                              std::string_view id);
[[nodiscard]] const splitter::RouteSpec* find_route(const splitter::SnapshotSpec& snapshot,
                                                    std::string_view id);
[[nodiscard]] splitter::BackendSpec* find_backend(splitter::SnapshotSpec& snapshot,
                                                  std::string_view id);
[[nodiscard]] const splitter::BackendSpec* find_backend(const splitter::SnapshotSpec& snapshot,
                                                        std::string_view id);
// The stable backend that the route names. (The splitter takes no route without one.)
[[nodiscard]] const splitter::BackendSpec* stable_of(const splitter::SnapshotSpec& snapshot,
                                                     const splitter::RouteSpec& route);

// The route names the backend, with or without weight.
[[nodiscard]] bool is_named(const splitter::RouteSpec& route, std::string_view backend);
// What the route says, whether the backend is open or not; 0 when it does not name it.
[[nodiscard]] std::uint32_t listed_ppm(const splitter::RouteSpec& route, std::string_view backend);
// Of the route's requests that no rule decides; what is closed gets none.
[[nodiscard]] std::uint32_t ppm_of(const splitter::SnapshotSpec& snapshot,
                                   const splitter::RouteSpec& route, std::string_view backend);
// A rule of the route leads there whatever its weight, unless it is closed.
[[nodiscard]] bool is_forced(const splitter::SnapshotSpec& snapshot,
                             const splitter::RouteSpec& route, std::string_view backend);

[[nodiscard]] std::uint32_t ppm_of(core::Weight weight);
// What was set by others may lie between two weights: the one above, the one below.
[[nodiscard]] core::Weight weight_at_most(std::uint32_t ppm);
[[nodiscard]] core::Weight weight_at_least(std::uint32_t ppm);

// The canary's weight, and the rest for the stable backend; others (a baseline) keep theirs, as far
// as there is room. Zero also closes the canary, so that no rule and no repeated request reaches
// it. The route names both.
void set_weight(splitter::SnapshotSpec& snapshot, splitter::RouteSpec& route,
                std::string_view canary, core::Weight weight);
// The route names it, without weight. A route takes one canary: what a rollout before left there
// without weight makes room.
void add_canary(splitter::SnapshotSpec& snapshot, splitter::RouteSpec& route,
                std::string_view canary);
// The route names it no more; its weight goes to the stable backend.
void take_out(splitter::SnapshotSpec& snapshot, splitter::RouteSpec& route,
              std::string_view canary);

}  // namespace kai::edges
