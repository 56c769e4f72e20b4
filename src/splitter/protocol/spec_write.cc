#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/tree.h"
#include "splitter/protocol/number.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

Tree texts(const std::vector<std::string>& values) {
  Tree list = Tree::list();
  for (const std::string& value : values) list.push_back(value);
  return list;
}

void set_unless_empty(Tree& map, std::string_view key, const std::string& value) {
  if (!value.empty()) map.set(key, value);
}

void set_unless_empty(Tree& map, std::string_view key, const std::vector<std::string>& values) {
  if (!values.empty()) map.set(key, texts(values));
}

void set_unless_empty(Tree& map, std::string_view key,
                      const std::vector<std::pair<std::string, std::string>>& values) {
  if (values.empty()) return;
  Tree named = Tree::map();
  for (const auto& [name, value] : values) named.set(name, value);
  map.set(key, std::move(named));
}

void write_condition(Tree& map, const ConditionSpec& condition) {
  set_unless_empty(map, "path", condition.path);
  set_unless_empty(map, "path_prefix", condition.path_prefix);
  set_unless_empty(map, "methods", condition.methods);
  set_unless_empty(map, "header", condition.header);
  set_unless_empty(map, "cookie", condition.cookie);
  set_unless_empty(map, "query", condition.query);
  set_unless_empty(map, "from", condition.from);
}

Tree write_match(const MatchSpec& match) {
  Tree map = Tree::map();
  set_unless_empty(map, "host", match.host);
  set_unless_empty(map, "listener", match.listener);
  write_condition(map, match.condition);
  return map;
}

Tree write_rule(const RuleSpec& rule) {
  Tree map = Tree::map();
  write_condition(map, rule.condition);
  map.set("to", rule.to);
  return map;
}

Tree write_key(const KeySpec& key) {
  Tree map = Tree::map();
  switch (key.kind) {
    case KeySpec::Kind::header:
      map.set("header", key.name);
      break;
    case KeySpec::Kind::cookie:
      map.set("cookie", key.name);
      break;
    case KeySpec::Kind::client_address:
      map.set("client_address", true);
      break;
  }
  return map;
}

Tree write_weights(const std::vector<ShareSpec>& weights) {
  Tree list = Tree::list();
  for (const ShareSpec& share : weights) {
    Tree map = Tree::map();
    map.set("backend", share.backend);
    map.set("ppm", number(share.ppm));
    list.push_back(std::move(map));
  }
  return list;
}

Tree write_split(const SplitSpec& split, Salts salts) {
  Tree map = Tree::map();
  if (salts == Salts::written && !split.salt.empty()) map.set("salt", split.salt.reveal());
  if (!split.key.empty()) {
    Tree keys = Tree::list();
    for (const KeySpec& key : split.key) keys.push_back(write_key(key));
    map.set("key", std::move(keys));
  }
  set_unless_empty(map, "identity_cookie", split.identity_cookie);
  if (split.identity_cookie_seconds > 0) {
    map.set("identity_cookie_seconds", number(split.identity_cookie_seconds));
  }
  set_unless_empty(map, "stamp", split.stamp);
  map.set("weights_ppm", write_weights(split.weights));
  return map;
}

Tree write_timeouts(const TimeoutsSpec& timeouts) {
  Tree map = Tree::map();
  map.set("connect", number(timeouts.connect));
  map.set("response_head", number(timeouts.response_head));
  map.set("response_silence", number(timeouts.response_silence));
  map.set("request_silence", number(timeouts.request_silence));
  map.set("tunnel_idle", number(timeouts.tunnel_idle));
  map.set("whole_request", number(timeouts.whole_request));
  return map;
}

Tree write_route(const RouteSpec& route, Salts salts) {
  Tree map = Tree::map();
  map.set("id", route.id);
  map.set("service", route.service);
  Tree matches = Tree::list();
  for (const MatchSpec& match : route.match) matches.push_back(write_match(match));
  map.set("match", std::move(matches));
  if (!route.rules.empty()) {
    Tree rules = Tree::list();
    for (const RuleSpec& rule : route.rules) rules.push_back(write_rule(rule));
    map.set("rules", std::move(rules));
  }
  map.set("split", write_split(route.split, salts));
  map.set("timeouts_ms", write_timeouts(route.timeouts));
  if (route.body_bytes_max) map.set("body_bytes_max", number(*route.body_bytes_max));
  if (route.allow_dot_segments) map.set("allow_dot_segments", true);
  if (!route.latency_edges_us.empty()) {
    Tree edges = Tree::list();
    for (const std::uint64_t edge : route.latency_edges_us) edges.push_back(number(edge));
    map.set("latency_edges_us", std::move(edges));
  }
  return map;
}

Tree write_backend(const BackendSpec& backend) {
  Tree map = Tree::map();
  map.set("id", backend.id);
  map.set("version", backend.version);
  map.set("track", backend.track);
  map.set("state", backend.state);
  map.set("endpoints", texts(backend.endpoints));
  return map;
}

}  // namespace

Tree write_snapshot_spec(const SnapshotSpec& spec, Salts salts) {
  Tree map = Tree::map();
  map.set("writer_epoch", number(spec.writer_epoch));
  map.set("generation", number(spec.generation));
  Tree backends = Tree::list();
  for (const BackendSpec& backend : spec.backends) backends.push_back(write_backend(backend));
  map.set("backends", std::move(backends));
  Tree routes = Tree::list();
  for (const RouteSpec& route : spec.routes) routes.push_back(write_route(route, salts));
  map.set("routes", std::move(routes));
  return map;
}

}  // namespace kai::splitter
