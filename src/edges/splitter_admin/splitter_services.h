// What the services and versions of a release make of a snapshot. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "core/plan/plan.h"
#include "edges/splitter_admin/splitter_backends.h"
#include "splitter/protocol/spec.h"

namespace kai::edges {

// What the splitter counts exactly of the latency: the limit, if there is one, and round times
// about it. At most six, rising.
[[nodiscard]] std::vector<std::uint64_t> latency_edges_us(const core::Limits& limits);

// Exactly these services, each by its stable version alone. What else was set on a route (a key,
// time-outs) stays, but for rules: they name backends of versions that go. True if anything differs
// from before. `rejected`: a service without an endpoint, for which the splitter would have nobody
// to ask.
[[nodiscard]] Result<bool> set_services(splitter::SnapshotSpec& snapshot,
                                        const std::vector<SplitterService>& services,
                                        const SplitterSetup& setup);
// Endpoints of versions; see SplitterBackends::set_endpoints.
[[nodiscard]] Result<bool> set_versions(splitter::SnapshotSpec& snapshot,
                                        const std::vector<SplitterVersion>& versions,
                                        const core::Limits& limits);
// Versions with this tag that are not stable out; see SplitterBackends::remove.
[[nodiscard]] Result<bool> remove_versions(splitter::SnapshotSpec& snapshot, std::string_view tag);
// All versions, sorted by service and tag.
[[nodiscard]] std::vector<SplitterServed> versions_in(const splitter::SnapshotSpec& snapshot);

}  // namespace kai::edges
