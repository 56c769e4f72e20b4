#include "edges/splitter_admin/splitter_services.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_edit.h"

namespace kai::edges {
namespace {

using splitter::BackendSpec;
using splitter::RouteSpec;
using splitter::SnapshotSpec;

constexpr std::uint64_t edge_max_us = 86'400'000'000;  // the splitter's own limit, a day
// Where a web service's answers lie when nobody gave a limit: 25 ms to 2.5 s.
constexpr std::array<std::uint64_t, 6> default_edges{25'000,  100'000,   250'000,
                                                     500'000, 1'000'000, 2'500'000};

bool is_equal(const SnapshotSpec& a, const SnapshotSpec& b) {
  return write_snapshot_spec(a, splitter::Salts::written) ==
         write_snapshot_spec(b, splitter::Salts::written);
}

// The rest of the id is the tag, which may hold an @ of its own.
std::string service_of(std::string_view backend) {
  return std::string(backend.substr(0, backend.find('@')));
}

BackendSpec backend_of(const SplitterVersion& version, std::string track, std::string state) {
  return {.id = backend_id(version.service, version.tag),
          .version = version.tag,
          .track = std::move(track),
          .state = std::move(state),
          .endpoints = version.endpoints};
}

// Its addresses may be one of several, all for the same host and path.
std::string listener_of(const SplitterSetup& setup, const std::string& service) {
  const std::set<std::string> addresses(setup.listen.begin(), setup.listen.end());
  const auto own = setup.listen_of.find(service);
  if (addresses.size() < 2 || own == setup.listen_of.end()) return "";
  return listener_name(own->second);
}

RouteSpec route_of(const SplitterService& service, const SplitterSetup& setup,
                   const RouteSpec* before) {
  RouteSpec route = before == nullptr ? RouteSpec{} : *before;
  route.id = route.service = service.stable.service;
  splitter::MatchSpec match{.host = service.host,
                            .listener = listener_of(setup, service.stable.service),
                            .condition = {}};
  if (service.path_prefix != "/") match.condition.path_prefix = service.path_prefix;
  route.match = {std::move(match)};
  route.rules.clear();
  route.split.stamp.clear();
  route.split.weights = {
      {.backend = backend_id(service.stable.service, service.stable.tag), .ppm = ppm_all}};
  return route;
}

void set_version(SnapshotSpec& snapshot, const SplitterVersion& version) {
  BackendSpec* const known = find_backend(snapshot, backend_id(version.service, version.tag));
  if (known == nullptr) {
    if (!version.endpoints.empty())
      snapshot.backends.push_back(backend_of(version, "canary", "closed"));
    return;
  }
  const bool was_empty = known->endpoints.empty();
  known->endpoints = version.endpoints;
  const RouteSpec* const route = find_route(snapshot, version.service);
  if (version.endpoints.empty()) {
    known->state = "closed";
  } else if (was_empty && listed_ppm(*route, known->id) > 0) {
    known->state = "active";  // it was closed for want of endpoints only
  }
}

}  // namespace

std::string backend_id(std::string_view service, std::string_view tag) {
  return std::string(service) + "@" + std::string(tag);
}

std::vector<std::uint64_t> latency_edges_us(const core::Limits& limits) {
  if (!limits.latency_max) return {default_edges.begin(), default_edges.end()};
  const auto limit = static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(*limits.latency_max / std::chrono::microseconds(1), 1, edge_max_us));
  std::set<std::uint64_t> edges{limit};
  for (const std::uint64_t edge : {limit / 4, limit / 2, limit * 2, limit * 4, limit * 10}) {
    if (edge > 0 && edge <= edge_max_us) edges.insert(edge);
  }
  return {edges.begin(), edges.end()};
}

Result<bool> set_services(SnapshotSpec& snapshot, const std::vector<SplitterService>& services,
                          const SplitterSetup& setup) {
  const SnapshotSpec before = snapshot;
  snapshot.backends.clear();
  snapshot.routes.clear();
  for (const SplitterService& service : services) {
    const SplitterVersion& stable = service.stable;
    if (stable.endpoints.empty()) {
      return fail(ErrorKind::rejected, "service " + codec::printable(stable.service) +
                                           " has no endpoint of " + codec::printable(stable.tag) +
                                           ", so nobody could answer its requests");
    }
    snapshot.backends.push_back(backend_of(stable, "stable", "active"));
    RouteSpec route = route_of(service, setup, find_route(before, stable.service));
    route.latency_edges_us = latency_edges_us(setup.limits);
    snapshot.routes.push_back(std::move(route));
  }
  return !is_equal(before, snapshot);
}

Result<bool> set_versions(SnapshotSpec& snapshot, const std::vector<SplitterVersion>& versions,
                          const core::Limits& limits) {
  const SnapshotSpec before = snapshot;
  for (const SplitterVersion& version : versions) {
    RouteSpec* const route = find_route(snapshot, version.service);
    if (route == nullptr) {
      return fail(ErrorKind::rejected, "kai-splitter has no route " +
                                           codec::printable(version.service) +
                                           ": no version of this service is served yet");
    }
    const std::string id = backend_id(version.service, version.tag);
    const BackendSpec* const known = find_backend(snapshot, id);
    const bool is_stable = known != nullptr && known->track == "stable";
    if (is_stable && version.endpoints.empty()) {
      return fail(ErrorKind::rejected, codec::printable(id) +
                                           " is what users get and has no endpoint left; "
                                           "kai-splitter keeps those that it had");
    }
    if (!is_stable) route->latency_edges_us = latency_edges_us(limits);
    set_version(snapshot, version);
  }
  return !is_equal(before, snapshot);
}

Result<bool> remove_versions(SnapshotSpec& snapshot, std::string_view tag) {
  const auto is_out = [tag](const BackendSpec& backend) {
    return backend.version == tag && backend.track != "stable";
  };
  for (const BackendSpec& backend : snapshot.backends) {
    if (!is_out(backend)) continue;
    for (RouteSpec& route : snapshot.routes) {
      if (listed_ppm(route, backend.id) > 0) {
        return fail(ErrorKind::unavailable, codec::printable(backend.id) +
                                                " still has a weight in route " +
                                                codec::printable(route.id));
      }
      take_out(snapshot, route, backend.id);
      std::erase_if(route.rules, [&](const auto& rule) { return rule.to == backend.id; });
    }
  }
  return std::erase_if(snapshot.backends, is_out) > 0;
}

std::vector<SplitterServed> versions_in(const SnapshotSpec& snapshot) {
  std::vector<SplitterServed> served;
  for (const BackendSpec& backend : snapshot.backends) {
    SplitterServed one{.version = {.service = service_of(backend.id),
                                   .tag = backend.version,
                                   .endpoints = backend.endpoints},
                       .is_stable = backend.track == "stable",
                       .in_flight = {}};
    if (const RouteSpec* const route = find_route(snapshot, one.version.service))
      one.ppm = ppm_of(snapshot, *route, backend.id);
    served.push_back(std::move(one));
  }
  // What closed backends do not get goes to stable.
  for (SplitterServed& stable : served) {
    if (!stable.is_stable) continue;
    stable.ppm = ppm_all;
    for (const SplitterServed& other : served) {
      const bool is_beside = !other.is_stable && other.version.service == stable.version.service;
      if (is_beside) stable.ppm -= std::min(other.ppm, stable.ppm);
    }
  }
  std::ranges::sort(served, {}, [](const SplitterServed& one) {
    return std::tuple(one.version.service, one.version.tag);
  });
  return served;
}

}  // namespace kai::edges
