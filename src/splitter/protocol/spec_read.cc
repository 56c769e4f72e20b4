#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "base/tree.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

// Beyond 2^53 many readers of JSON lose the last digits.
constexpr Range any_count{.min = 0, .max = std::int64_t{1} << 53};
constexpr Range ppm_range{.min = 0, .max = 1'000'000};
constexpr Range milliseconds_range{.min = 0, .max = 24 * 3600 * 1000};
constexpr Range positive_milliseconds{.min = 1, .max = 24 * 3600 * 1000};
constexpr std::int64_t edge_max_us = std::int64_t{24} * 3600 * 1'000'000;
constexpr Range cookie_seconds{.min = 0, .max = std::int64_t{400} * 24 * 3600};

std::uint64_t count(MapReader& reader, std::string_view key) {
  return static_cast<std::uint64_t>(reader.whole(key, any_count));
}

std::vector<std::pair<std::string, std::string>> named(MapReader& reader, std::string_view key) {
  std::vector<std::pair<std::string, std::string>> result;
  for (auto& [name, text] : reader.named_texts(key, conditions_max)) {
    result.emplace_back(std::move(name), std::move(text));
  }
  return result;
}

ConditionSpec read_condition(MapReader& reader) {
  ConditionSpec condition;
  condition.path = reader.text_or("path", "");
  condition.path_prefix = reader.text_or("path_prefix", "");
  condition.methods = reader.texts("methods", conditions_max);
  condition.header = named(reader, "header");
  condition.cookie = named(reader, "cookie");
  condition.query = named(reader, "query");
  condition.from = reader.texts("from", conditions_max);
  return condition;
}

MatchSpec read_match(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  MatchSpec match{.host = reader.text_or("host", ""),
                  .listener = reader.text_or("listener", ""),
                  .condition = read_condition(reader)};
  reader.finish();
  return match;
}

RuleSpec read_rule(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  RuleSpec rule{.condition = read_condition(reader), .to = reader.text("to")};
  reader.finish();
  return rule;
}

// One of {"header": name}, {"cookie": name}, {"client_address": true}.
KeySpec read_key(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  KeySpec key;
  const std::string header = reader.text_or("header", "");
  const std::string cookie = reader.text_or("cookie", "");
  const bool address = reader.yes_no_or("client_address", false);
  const int given = (header.empty() ? 0 : 1) + (cookie.empty() ? 0 : 1) + (address ? 1 : 0);
  if (given != 1) {
    reader.mistake(
        "", R"(must be one of {"header": NAME}, {"cookie": NAME}, {"client_address": true})");
  }
  if (!header.empty()) key = {.kind = KeySpec::Kind::header, .name = header};
  if (!cookie.empty()) key = {.kind = KeySpec::Kind::cookie, .name = cookie};
  if (address) key = {.kind = KeySpec::Kind::client_address, .name = ""};
  reader.finish();
  return key;
}

std::vector<ShareSpec> read_weights(MapReader& parent, Findings& findings) {
  std::vector<ShareSpec> weights;
  for (const Place& place : parent.list("weights_ppm", shares_max)) {
    MapReader reader(place, findings);
    weights.push_back({.backend = reader.text("backend"),
                       .ppm = static_cast<std::uint32_t>(reader.whole("ppm", ppm_range))});
    reader.finish();
  }
  return weights;
}

SplitSpec read_split(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  SplitSpec split;
  split.salt = Secret(reader.text_or("salt", ""));
  for (const Place& key : reader.list("key", keys_max)) {
    split.key.push_back(read_key(key, findings));
  }
  split.identity_cookie = reader.text_or("identity_cookie", "");
  split.identity_cookie_seconds =
      static_cast<std::uint32_t>(reader.whole_or("identity_cookie_seconds", cookie_seconds, 0));
  split.stamp = reader.text_or("stamp", "");
  split.weights = read_weights(reader, findings);
  if (split.weights.empty() && !reader.has("weights_ppm"))
    reader.mistake("", "lacks 'weights_ppm'");
  reader.finish();
  return split;
}

TimeoutsSpec read_timeouts(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  TimeoutsSpec timeouts;
  const auto read = [&](std::string_view key, Range range, std::uint32_t& value) {
    value = static_cast<std::uint32_t>(reader.whole_or(key, range, std::int64_t{value}));
  };
  read("connect", positive_milliseconds, timeouts.connect);
  read("response_head", milliseconds_range, timeouts.response_head);
  read("response_silence", milliseconds_range, timeouts.response_silence);
  read("request_silence", milliseconds_range, timeouts.request_silence);
  read("tunnel_idle", milliseconds_range, timeouts.tunnel_idle);
  read("whole_request", milliseconds_range, timeouts.whole_request);
  reader.finish();
  return timeouts;
}

std::vector<std::uint64_t> read_edges(MapReader& parent, Findings& findings) {
  std::vector<std::uint64_t> edges;
  for (const Place& place : parent.list("latency_edges_us", latency_edges_max)) {
    const std::int64_t* const edge = place.tree.as_int();
    const bool is_time = edge != nullptr && *edge > 0 && *edge <= edge_max_us;
    const std::uint64_t value = is_time ? static_cast<std::uint64_t>(*edge) : 0;
    if (value == 0 || (!edges.empty() && value <= edges.back())) {
      findings.add(place.pointer,
                   "must be a whole number above 0, above the one before and at most " +
                       std::to_string(edge_max_us) + " (a day)");
    }
    edges.push_back(value);
  }
  return edges;
}

RouteSpec read_route(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  RouteSpec route;
  route.id = reader.text("id");
  route.service = reader.text_or("service", route.id);
  for (const Place& match : reader.list("match", matches_max)) {
    route.match.push_back(read_match(match, findings));
  }
  for (const Place& rule : reader.list("rules", rules_max)) {
    route.rules.push_back(read_rule(rule, findings));
  }
  if (const auto split = reader.map("split")) {
    route.split = read_split(*split, findings);
  } else {
    reader.mistake("", "lacks 'split'");
  }
  if (const auto timeouts = reader.map("timeouts_ms")) {
    route.timeouts = read_timeouts(*timeouts, findings);
  }
  if (reader.has("body_bytes_max")) route.body_bytes_max = count(reader, "body_bytes_max");
  route.allow_dot_segments = reader.yes_no_or("allow_dot_segments", false);
  route.latency_edges_us = read_edges(reader, findings);
  reader.not_yet("mirror");
  reader.not_yet("retry");
  reader.finish();
  return route;
}

BackendSpec read_backend(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  BackendSpec backend;
  backend.id = reader.text("id");
  backend.version = reader.text_or("version", backend.id);
  backend.track = reader.text_or("track", "stable");
  backend.state = reader.text_or("state", "active");
  backend.endpoints = reader.texts("endpoints", endpoints_max);
  reader.not_yet("health");
  reader.finish();
  return backend;
}

}  // namespace

SnapshotSpec read_snapshot_spec(const Place& place, SnapshotForm form, Findings& findings) {
  MapReader reader(place, findings);
  SnapshotSpec spec;
  switch (form) {
    case SnapshotForm::stored:
      spec.writer_epoch = static_cast<std::uint64_t>(reader.whole_or("writer_epoch", any_count, 0));
      spec.generation = static_cast<std::uint64_t>(reader.whole_or("generation", any_count, 0));
      break;
    case SnapshotForm::pushed:
      spec.writer_epoch = count(reader, "writer_epoch");
      spec.generation = count(reader, "base_generation");
      break;
  }
  for (const Place& backend : reader.list("backends", backends_max)) {
    spec.backends.push_back(read_backend(backend, findings));
  }
  for (const Place& route : reader.list("routes", routes_max)) {
    spec.routes.push_back(read_route(route, findings));
  }
  reader.not_yet("certificates");
  reader.finish();
  return spec;
}

SplitChange read_split_change(const Place& place, Findings& findings) {
  MapReader reader(place, findings);
  SplitChange change;
  change.writer_epoch = count(reader, "writer_epoch");
  change.base_generation = count(reader, "base_generation");
  change.stamp = reader.text_or("stamp", "");
  change.weights = read_weights(reader, findings);
  const Tree::List* const weights = place.tree.list_at("/weights_ppm");
  if (weights != nullptr && weights->empty()) {
    reader.mistake("weights_ppm", "must have the weights of all backends, or be left out");
  }
  if (reader.has("states")) {
    for (auto& [backend, state] : reader.named_texts("states", shares_max)) {
      change.states.push_back({.backend = std::move(backend), .state = std::move(state)});
    }
  } else {
    static_cast<void>(reader.map("states"));
  }
  reader.finish();
  return change;
}

}  // namespace kai::splitter
