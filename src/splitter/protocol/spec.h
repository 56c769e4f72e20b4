// The dynamic configuration as plain values: what a snapshot is built from, what is sent over the
// control socket and kept in the state file. Read from JSON with its form checked; whether it makes
// sense is checked when a Snapshot is built from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/tree.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"

namespace kai::splitter {

inline constexpr std::size_t routes_max = 10'000;
inline constexpr std::size_t backends_max = 20'000;
inline constexpr std::size_t endpoints_max = 1'000;  // of a backend
inline constexpr std::size_t matches_max = 64;       // of a route
inline constexpr std::size_t matches_total_max = 20'000;
inline constexpr std::size_t rules_max = 64;         // of a route
inline constexpr std::size_t shares_max = 16;        // of a route
inline constexpr std::size_t keys_max = 8;           // of a route
inline constexpr std::size_t conditions_max = 16;    // of one kind in a match or rule
inline constexpr std::size_t latency_edges_max = 6;  // of a route

struct BackendSpec {
  std::string id;
  std::string version;
  std::string track = "stable";
  std::string state = "active";
  std::vector<std::string> endpoints;

  friend bool operator==(const BackendSpec&, const BackendSpec&) = default;
};

struct ConditionSpec {
  std::string path;         // exact; empty: not asked
  std::string path_prefix;  // empty: not asked
  std::vector<std::string> methods;
  std::vector<std::pair<std::string, std::string>> header;
  std::vector<std::pair<std::string, std::string>> cookie;
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::string> from;  // addresses and networks

  friend bool operator==(const ConditionSpec&, const ConditionSpec&) = default;
};

struct MatchSpec {
  std::string host;      // empty: any
  std::string listener;  // name of the listener that the connection came to; empty: any
  ConditionSpec condition;

  friend bool operator==(const MatchSpec&, const MatchSpec&) = default;
};

struct RuleSpec {
  ConditionSpec condition;
  std::string to;  // id of a backend

  friend bool operator==(const RuleSpec&, const RuleSpec&) = default;
};

struct KeySpec {
  enum class Kind : std::uint8_t { header, cookie, client_address };
  Kind kind = Kind::header;
  std::string name;  // of a header or cookie

  friend bool operator==(const KeySpec&, const KeySpec&) = default;
};

struct ShareSpec {
  std::string backend;
  std::uint32_t ppm = 0;

  friend bool operator==(const ShareSpec&, const ShareSpec&) = default;
};

struct SplitSpec {
  Secret salt;  // base64 of 16 bytes; empty: none
  std::vector<KeySpec> key;
  std::string identity_cookie;  // empty: none
  std::uint32_t identity_cookie_seconds = 0;
  // Whatever its writer leaves here, to know its own work again. Empty: nothing. Whoever changes
  // the weights and does not name it takes it away.
  std::string stamp = {};
  std::vector<ShareSpec> weights;
};

struct TimeoutsSpec {  // milliseconds; 0: no limit
  std::uint32_t connect = 3'000;
  std::uint32_t response_head = 60'000;
  std::uint32_t response_silence = 30'000;
  std::uint32_t request_silence = 30'000;
  std::uint32_t tunnel_idle = 300'000;
  std::uint32_t whole_request = 0;

  friend bool operator==(const TimeoutsSpec&, const TimeoutsSpec&) = default;
};

struct RouteSpec {
  std::string id;
  std::string service;
  std::vector<MatchSpec> match;
  std::vector<RuleSpec> rules;
  SplitSpec split;
  TimeoutsSpec timeouts;
  std::optional<std::uint64_t> body_bytes_max;
  bool allow_dot_segments = false;
  std::vector<std::uint64_t> latency_edges_us;
};

struct SnapshotSpec {
  std::uint64_t writer_epoch = 0;
  std::uint64_t generation = 0;
  std::vector<BackendSpec> backends;
  std::vector<RouteSpec> routes;
};

// What a document may hold beside backends and routes.
enum class SnapshotForm : std::uint8_t {
  stored,  // `writer_epoch` and `generation`: the configuration file and the state file
  pushed,  // `writer_epoch` and `base_generation`: over the control socket
};
// Whatever is wrong with the form goes to `findings`; then the value is incomplete. Of a pushed
// document the generation is the base.
[[nodiscard]] SnapshotSpec read_snapshot_spec(const Place& place, SnapshotForm form,
                                              Findings& findings);

// Reads back to an equal value. `hidden`: without the salts, for everybody who may look.
enum class Salts : std::uint8_t { written, hidden };
[[nodiscard]] Tree write_snapshot_spec(const SnapshotSpec& spec, Salts salts);

// The weights of one route and the states of backends: the call of every step of a canary.
struct SplitChange {
  std::uint64_t writer_epoch = 0;
  std::uint64_t base_generation = 0;
  std::string stamp = {};          // of the route from now on
  std::vector<ShareSpec> weights;  // empty: as they are
  struct State {
    std::string backend;
    std::string state;
  };
  std::vector<State> states;
};
[[nodiscard]] SplitChange read_split_change(const Place& place, Findings& findings);

}  // namespace kai::splitter
