#include "splitter/route/decide.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/random.h"
#include "core/traffic/sip_hash.h"
#include "core/traffic/split.h"
#include "splitter/http1/field.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"

namespace kai::splitter {
namespace {

std::optional<std::string_view> usable_key(const FieldLookup& found) {
  const std::string_view key = without_outer_blanks(found.value);
  if (found.count != 1 || key.empty() || key.size() > key_bytes_max) return std::nullopt;
  return key;
}

std::optional<std::string_view> key_from(const KeySource& source, const Request& request,
                                         const IpAddress& client, AddressText& buffer) {
  switch (source.kind) {
    case KeySource::Kind::header:
      return usable_key(find_field(request.fields, source.name));
    case KeySource::Kind::cookie:
      return usable_key(find_cookie(request.fields, source.name));
    case KeySource::Kind::client_address:
      return write_ip_address(client, buffer);
  }
  return std::nullopt;
}

// IPv6 by its first half: one customer has the other one to himself.
std::uint8_t lane_of_client(const Route& route, const IpAddress& client) {
  const std::size_t size = client.family == AddressFamily::ipv4 ? 4 : 8;
  std::array<char, 8> octets{};
  std::ranges::copy(std::span(client.octets).first(size), octets.begin());
  return core::lane_of(core::sip_hash_1_3(route.salt, {octets.data(), size}));
}

const Rule* find_rule(const Snapshot& snapshot, const Route& route, const MatchInput& input) {
  for (const Rule& rule : route.rules) {
    if (snapshot.backends[rule.backend].is_closed()) continue;  // as if absent
    if (holds(rule.condition, input)) return &rule;
  }
  return nullptr;
}

// The user's number, if the request or the decision before has a key.
std::optional<std::uint64_t> keyed_number(const Route& route, const MatchInput& input,
                                          std::optional<Identity>& minted, Random& random) {
  AddressText buffer;
  auto key = key_of(route, input.request(), input.client(), buffer);
  if (key) {
    minted.reset();
    return core::number_of_key(route.salt, *key);
  }
  if (route.identity_cookie.empty()) {
    minted.reset();
    return std::nullopt;
  }
  if (!minted) minted = mint_identity(random);
  return core::number_of_key(route.salt, {minted->data(), minted->size()});
}

Decision decide_in(const Snapshot& snapshot, const Route& route, const MatchInput& input,
                   const Decision& before, Decider& decider) {
  Decision decision{.route = &route, .minted = before.minted};
  const Rule* const rule = find_rule(snapshot, route, input);
  // A forced request is given no identity: it says nothing of the split.
  if (rule) {
    AddressText buffer;
    const auto key = key_of(route, input.request(), input.client(), buffer);
    decision.assignment = Assignment::forced;
    decision.rule = rule;
    decision.backend = &snapshot.backends[rule->backend];
    decision.minted.reset();
    decision.lane = key ? core::lane_of(core::number_of_key(route.salt, *key))
                        : lane_of_client(route, input.client());
    return decision;
  }
  const auto number = keyed_number(route, input, decision.minted, decider.random);
  decision.assignment = number ? Assignment::keyed : Assignment::unkeyed;
  const bool drawn = before.assignment == Assignment::unkeyed;
  decision.u = number ? *number : drawn ? before.u : route.counter->draw();
  decision.lane = number ? core::lane_of(*number) : lane_of_client(route, input.client());
  decision.backend = &backend_of(snapshot, route, decision.u);
  return decision;
}

}  // namespace

std::string_view name_of(Assignment assignment) {
  switch (assignment) {
    case Assignment::none:
      return "none";
    case Assignment::forced:
      return "forced";
    case Assignment::keyed:
      return "keyed";
    case Assignment::unkeyed:
      return "unkeyed";
  }
  return "corrupt";
}

Decision decide(const Snapshot& snapshot, const Request& request, const IpAddress& client,
                Decider& decider, std::string_view listener) {
  return decide_again(snapshot, request, client, {}, decider, listener);
}

Decision decide_again(const Snapshot& snapshot, const Request& request, const IpAddress& client,
                      const Decision& before, Decider& decider, std::string_view listener) {
  const MatchInput input(request, client, decider.path, listener);
  const auto route = snapshot.matches.find(input);
  if (!route) return {};
  return decide_in(snapshot, snapshot.routes[*route], input, before, decider);
}

std::optional<std::string_view> key_of(const Route& route, const Request& request,
                                       const IpAddress& client, AddressText& buffer) {
  for (const KeySource& source : route.key) {
    if (const auto key = key_from(source, request, client, buffer)) return key;
  }
  if (route.identity_cookie.empty()) return std::nullopt;
  const auto identity = usable_key(find_cookie(request.fields, route.identity_cookie));
  if (identity && is_identity(*identity)) return identity;
  return std::nullopt;
}

const Backend& backend_of(const Snapshot& snapshot, const Route& route, std::uint64_t u) {
  return snapshot.backends[route.shares[route.table.index_of(u)].owner];
}

}  // namespace kai::splitter
