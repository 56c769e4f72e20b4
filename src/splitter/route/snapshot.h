// Snapshot: everything that decides where a request goes, as one immutable value with a generation.
// Built whole by the admin thread (build_snapshot), read by every worker, never changed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/traffic/split.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/address.h"
#include "splitter/route/match.h"

namespace kai::splitter {

// Names for the life of the process: the same id (of an endpoint: the same address in the same
// backend) has the same number in every snapshot, and a number never comes to mean another one. So
// pools, ejection and metric cells are kept by number while snapshots come and go. Counted from 0
// in order of first appearance; what is gone leaves a gap.
enum class BackendNumber : std::uint32_t {};
enum class RouteNumber : std::uint32_t {};
enum class EndpointNumber : std::uint32_t {};

enum class Track : std::uint8_t { stable, canary, baseline };
[[nodiscard]] std::string_view name_of(Track track);

enum class BackendState : std::uint8_t {
  active,
  closed,  // gets nothing at all: no share, no rule, no retry
};
[[nodiscard]] std::string_view name_of(BackendState state);

struct Endpoint {
  EndpointNumber number{};
  SocketAddress address;
  std::string text;  // canonical "10.0.0.1:8080", for labels and the Host of HTTP/1.0
};

struct Backend {
  BackendNumber number{};
  std::string id;
  std::string version;
  Track track = Track::stable;
  BackendState state = BackendState::active;
  std::vector<Endpoint> endpoints;  // of an active backend at least one, no address twice

  [[nodiscard]] bool is_closed() const { return state == BackendState::closed; }
};

// A request that fits goes to the backend, whatever the weights; counted apart from the split.
struct Rule {
  Condition condition;
  std::uint32_t backend = 0;  // index into Snapshot::backends
};

// One backend's part of the unforced requests.
struct Share {
  std::uint32_t backend = 0;  // index into Snapshot::backends
  std::uint32_t ppm = 0;
  // Who gets the interval: the backend, or the stable one while the backend is closed.
  std::uint32_t owner = 0;
};

struct KeySource {
  enum class Kind : std::uint8_t { header, cookie, client_address };
  Kind kind = Kind::header;
  std::string name;  // of a header or cookie
};

// Zero: no limit.
struct RouteTimeouts {
  Duration connect = std::chrono::seconds(3);
  Duration response_head = std::chrono::seconds(60);  // after the request was sent
  Duration response_silence = std::chrono::seconds(30);
  Duration request_silence = std::chrono::seconds(30);
  Duration tunnel_idle = std::chrono::seconds(300);
  Duration whole_request{0};
};

struct Route {
  RouteNumber number{};
  std::string id;
  std::string service;      // label of its metrics
  std::vector<Rule> rules;  // the first that fits and whose backend is not closed decides

  // Canary, stable, baseline; sums to 1,000,000 ppm. `table` is over the same order.
  std::vector<Share> shares;
  core::SplitTable table;
  core::SipKey salt;
  std::vector<KeySource> key;   // the first that is present is the key
  std::string identity_cookie;  // empty: none is minted
  std::chrono::seconds identity_life{0};

  // Shared with all snapshots of this route, before and after.
  std::shared_ptr<core::WeylCounter> counter;

  RouteTimeouts timeouts;
  std::uint64_t body_bytes_max = std::numeric_limits<std::uint64_t>::max();
  bool allows_dot_segments = false;
  std::vector<Duration> latency_edges;  // rising, at most latency_edges_max
};

struct Snapshot {
  std::uint64_t generation = 0;
  std::uint64_t writer_epoch = 0;
  std::vector<Backend> backends;
  std::vector<Route> routes;
  MatchTable matches;  // over indexes into `routes`
};

}  // namespace kai::splitter
