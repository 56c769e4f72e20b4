#include "splitter/route/build.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "codec/quote.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/build_condition.h"
#include "splitter/route/build_split.h"
#include "splitter/route/match.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

std::string at_index(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

// A text that must be one of a few, each known by name_of.
template <typename Value>
Value build_choice(std::string_view text, std::initializer_list<Value> choices,
                   const std::string& pointer, Findings& findings) {
  std::string possible;
  for (const Value choice : choices) {
    if (text == name_of(choice)) return choice;
    possible += (possible.empty() ? "" : ", ") + std::string(name_of(choice));
  }
  findings.add(pointer, codec::quote(text) + " is none of " + possible);
  return *choices.begin();
}

void build_endpoints(const BackendSpec& spec, const std::string& pointer, Numbers& numbers,
                     Backend& backend, Findings& findings) {
  for (std::size_t at = 0; at < spec.endpoints.size(); ++at) {
    const std::string place = at_index(pointer + "/endpoints", at);
    const auto address = parse_socket_address(spec.endpoints[at]);
    const auto is_same = [&](const Endpoint& other) { return other.address == address; };
    if (!address) {
      findings.add(place, "must be an address with a port, like 10.0.0.1:8080 or [::1]:8080");
    } else if (std::ranges::any_of(backend.endpoints, is_same)) {
      findings.add(place, "is there twice");
    } else {
      backend.endpoints.push_back({.number = numbers.of_endpoint(backend.number, *address),
                                   .address = *address,
                                   .text = format_socket_address(*address)});
    }
  }
  if (spec.endpoints.empty() && !backend.is_closed()) {
    findings.add(pointer, "lacks 'endpoints': an active backend has at least one");
  }
}

BackendTable build_backends(const SnapshotSpec& spec, const std::string& pointer, Numbers& numbers,
                            Findings& findings) {
  BackendTable table;
  for (std::size_t at = 0; at < spec.backends.size(); ++at) {
    const BackendSpec& each = spec.backends[at];
    const std::string place = at_index(pointer + "/backends", at);
    check_label(each.id, place + "/id", findings);
    check_label(each.version, place + "/version", findings);
    Backend backend{
        .number = numbers.of_backend(each.id),
        .id = each.id,
        .version = each.version,
        .track = build_choice(each.track, {Track::stable, Track::canary, Track::baseline},
                              place + "/track", findings),
        .state = build_choice(each.state, {BackendState::active, BackendState::closed},
                              place + "/state", findings),
        .endpoints = {}};
    build_endpoints(each, place, numbers, backend, findings);
    const bool is_new = table.index.emplace(each.id, static_cast<std::uint32_t>(at)).second;
    if (!is_new && !each.id.empty()) findings.add(place + "/id", "is the id of another backend");
    table.list.push_back(std::move(backend));
  }
  return table;
}

void build_rules(const RouteSpec& spec, const std::string& pointer, const BackendTable& backends,
                 Route& route, Findings& findings) {
  for (std::size_t at = 0; at < spec.rules.size(); ++at) {
    const RuleSpec& each = spec.rules[at];
    const std::string place = at_index(pointer + "/rules", at);
    Rule rule{.condition = build_condition(each.condition, place, findings)};
    if (rule.condition == Condition{}) {
      findings.add(place, "asks nothing: traffic is divided by weights");
    }
    const auto backend = backends.index.find(each.to);
    if (backend != backends.index.end()) {
      rule.backend = backend->second;
    } else if (!each.to.empty()) {
      findings.add(place + "/to", "no backend is called " + codec::quote(each.to));
    }
    route.rules.push_back(std::move(rule));
  }
}

RouteTimeouts build_timeouts(const TimeoutsSpec& spec) {
  const auto milliseconds = [](std::uint32_t count) { return std::chrono::milliseconds(count); };
  return {.connect = milliseconds(spec.connect),
          .response_head = milliseconds(spec.response_head),
          .response_silence = milliseconds(spec.response_silence),
          .request_silence = milliseconds(spec.request_silence),
          .tunnel_idle = milliseconds(spec.tunnel_idle),
          .whole_request = milliseconds(spec.whole_request)};
}

Route build_route(const RouteSpec& spec, const std::string& pointer, const BackendTable& backends,
                  Numbers& numbers, Findings& findings) {
  Route route;
  check_label(spec.id, pointer + "/id", findings);
  check_label(spec.service, pointer + "/service", findings);
  route.number = numbers.of_route(spec.id);
  route.id = spec.id;
  route.service = spec.service;
  build_rules(spec, pointer, backends, route, findings);
  // What it does not understand it has told.
  static_cast<void>(build_split(spec.split, pointer + "/split", backends, route, findings));
  route.counter = numbers.counter_of(route.number);
  route.timeouts = build_timeouts(spec.timeouts);
  if (spec.body_bytes_max) route.body_bytes_max = *spec.body_bytes_max;
  route.allows_dot_segments = spec.allow_dot_segments;
  for (const std::uint64_t edge : spec.latency_edges_us) {
    route.latency_edges.push_back(std::chrono::microseconds(edge));
  }
  return route;
}

std::vector<RouteMatch> build_matches(const RouteSpec& spec, const std::string& pointer,
                                      std::uint32_t route, Findings& findings) {
  std::vector<RouteMatch> matches;
  for (std::size_t at = 0; at < spec.match.size(); ++at) {
    const std::string place = at_index(pointer + "/match", at);
    check_label(spec.match[at].listener, place + "/listener", findings);
    matches.push_back({.host = build_host(spec.match[at].host, place + "/host", findings),
                       .listener = spec.match[at].listener,
                       .condition = build_condition(spec.match[at].condition, place, findings),
                       .route = route});
  }
  if (matches.empty())
    matches.push_back({.host = "", .listener = "", .condition = {}, .route = route});
  return matches;
}

// Equal matches lie side by side in the table, and only the first of them is ever reached: the
// order puts what asks less behind what asks more, so nothing else can hide a match.
std::vector<bool> find_reached_routes(const MatchTable& table, std::size_t routes) {
  std::vector<bool> reached(routes, false);
  const auto matches = table.matches();
  for (std::size_t at = 0; at < matches.size(); ++at) {
    bool hidden = false;
    for (std::size_t before = at; before-- > 0 && !hidden;) {
      if (!is_tried_at_the_same_time(matches[before], matches[at])) break;
      hidden = matches[before].condition == matches[at].condition;
    }
    if (!hidden) reached[matches[at].route] = true;
  }
  return reached;
}

void build_routes(const SnapshotSpec& spec, const std::string& pointer,
                  const BackendTable& backends, Numbers& numbers, Snapshot& snapshot,
                  Findings& findings) {
  std::map<std::string_view, std::size_t> ids;
  std::vector<RouteMatch> matches;
  for (std::size_t at = 0; at < spec.routes.size(); ++at) {
    const RouteSpec& each = spec.routes[at];
    const std::string place = at_index(pointer + "/routes", at);
    const bool is_new = ids.emplace(each.id, at).second;
    if (!is_new && !each.id.empty()) findings.add(place + "/id", "is the id of another route");
    snapshot.routes.push_back(build_route(each, place, backends, numbers, findings));
    std::ranges::move(build_matches(each, place, static_cast<std::uint32_t>(at), findings),
                      std::back_inserter(matches));
  }
  if (matches.size() > matches_total_max) {
    findings.add(pointer + "/routes", "have more than " + std::to_string(matches_total_max) +
                                          " matches together, which is the limit");
    return;
  }
  snapshot.matches = MatchTable(std::move(matches));
  const auto reached = find_reached_routes(snapshot.matches, spec.routes.size());
  for (std::size_t at = 0; at < reached.size(); ++at) {
    if (reached[at]) continue;
    findings.add(at_index(pointer + "/routes", at),
                 "gets no request: each of its matches is also one of a route before it");
  }
}

}  // namespace

std::shared_ptr<const Snapshot> build_snapshot(const SnapshotSpec& spec, const std::string& pointer,
                                               Numbers& numbers, Findings& findings) {
  const std::size_t before = findings.list().size();
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->generation = spec.generation;
  snapshot->writer_epoch = spec.writer_epoch;
  BackendTable backends = build_backends(spec, pointer, numbers, findings);
  if (spec.routes.empty()) {
    findings.add(pointer, "lacks 'routes': without one every request is answered with 404");
  }
  build_routes(spec, pointer, backends, numbers, *snapshot, findings);
  snapshot->backends = std::move(backends.list);
  if (findings.list().size() > before || findings.left_off() > 0) return nullptr;
  return snapshot;
}

}  // namespace kai::splitter
