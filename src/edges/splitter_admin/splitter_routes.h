// The routes of a rollout in the splitter: what the plan keeps of them, what a split makes of a
// snapshot, what a snapshot says about the split. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/rollout/observation.h"
#include "core/rollout/stamp.h"
#include "ports/router.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

struct SplitterRoute {
  std::string route;           // id
  std::string canary;          // id of its backend
  std::string leftover_stamp;  // of a rollout before, found by the plan; empty: none

  friend bool operator==(const SplitterRoute&, const SplitterRoute&) = default;
};

struct SplitterRoutes {
  std::vector<SplitterRoute> routes;  // never empty
  std::uint64_t epoch_base = 0;       // writer_epoch when it was planned

  friend bool operator==(const SplitterRoutes&, const SplitterRoutes&) = default;
};

[[nodiscard]] Tree pack_routes(const SplitterRoutes& routes);
[[nodiscard]] Result<SplitterRoutes> unpack_routes(const Tree& packed);

// What a route says about our canary, as we know or wrote it.
struct SplitterRouteState {
  std::string stamp;
  std::uint32_t ppm = 0;  // that the route lists
  bool is_named = false;
  bool is_shut = false;  // closed although it has a weight and endpoints

  friend bool operator==(const SplitterRouteState&, const SplitterRouteState&) = default;
};

// What this process knows of each route, by id. Only memory: all of it may be lost at any moment.
struct SplitterMemory {
  std::map<std::string, SplitterRouteState> known;       // as last seen or answered
  std::map<std::string, SplitterRouteState> written;     // by our newest write that was answered
  std::map<std::string, SplitterRouteState> unanswered;  // by one after it whose outcome is unknown
  std::uint64_t writes = 0;  // that were answered; tells an old reading from a new one
};

// What a write leaves open.
struct SplitterWrite {
  bool is_complete = true;             // false: an entry of ours was missing, and is back without
                                       // the weight that it should have
  std::optional<Error> left_out = {};  // of a lowering: why one of the routes was left as it is
};

// Makes `snapshot` say what `target` wants, and carry the stamp. Errors, all `unavailable`: a newer
// stamp or that of another rollout is there; something that is raised was changed by somebody else
// since `memory` knew it; the route or the canary's backend is not there. Lowering works without
// any of these but the stamps, and one route does not hold up the others.
[[nodiscard]] Result<SplitterWrite> write_split(splitter::SnapshotSpec& snapshot,
                                                const SplitterRoutes& routes,
                                                const ports::RouteTarget& target,
                                                const core::Stamp& stamp,
                                                const SplitterMemory& memory);
// Our entries and stamps out. False: there was nothing of ours. `unavailable` while an entry
// carries weight, or a newer stamp is there.
[[nodiscard]] Result<bool> remove_split(splitter::SnapshotSpec& snapshot,
                                        const SplitterRoutes& routes, const core::Stamp& stamp);
// The state of each route of ours that is there.
[[nodiscard]] std::map<std::string, SplitterRouteState> states_of(
    const splitter::SnapshotSpec& snapshot, const SplitterRoutes& routes);
// The worst of all routes, `applied` unless one is missing. A canary without endpoints gets
// nothing: that is `pending` and nobody's stamp, for it is no brake. `is_news`: nothing of ours was
// answered since the snapshot was asked for, so it can be held against what we wrote.
[[nodiscard]] core::RouteSeen see_split(const splitter::SnapshotSpec& snapshot,
                                        const SplitterRoutes& routes, const SplitterMemory& memory,
                                        bool is_news);

}  // namespace kai::edges
