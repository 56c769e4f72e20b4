#include "splitter/admin/explain.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/tree.h"
#include "codec/quote.h"
#include "core/traffic/split.h"
#include "splitter/admin/change.h"
#include "splitter/admin/no_chance.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/progress.h"
#include "splitter/http1/refusal.h"
#include "splitter/http1/request_policy.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/route/address.h"
#include "splitter/route/decide.h"
#include "splitter/route/identity.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

using Explained = std::expected<Tree, CallError>;

std::string hex(std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto written = std::to_chars(digits.begin(), digits.end(), value, 16);
  const std::string text(digits.begin(), written.ptr);
  return std::string(digits.size() - text.size(), '0') + text;
}

void add_backend(Tree& answer, const Backend& backend) {
  answer.set("backend", backend.id);
  answer.set("version", backend.version);
  answer.set("track", name_of(backend.track));
}

void add_number(Tree& answer, const Snapshot& snapshot, const Route& route, std::uint64_t u) {
  answer.set("u", hex(u));
  const std::size_t share = route.table.index_of(u);
  const core::Threshold end = route.table.end_of(share);
  answer.set("threshold", end.all ? Tree("all") : Tree(hex(end.bound)));
  answer.set("share", snapshot.backends[route.shares[share].backend].id);
}

// Whether a request could bring `key`, as key_of() reads it.
bool can_be_key(const Route& route, std::string_view key) {
  const auto is_text = [](const KeySource& source) {
    return source.kind != KeySource::Kind::client_address;
  };
  if (key.size() > key_bytes_max || without_outer_blanks(key) != key) return false;
  if (std::ranges::any_of(route.key, is_text)) return true;
  if (route.key.empty()) return !route.identity_cookie.empty() && is_identity(key);
  const auto address = parse_ip_address(key);
  return address && format_ip_address(without_ipv4_mapping(*address)) == key;
}

Explained explain_key(const Snapshot& snapshot, std::string_view id, std::string_view key) {
  const auto route = std::ranges::find(snapshot.routes, id, &Route::id);
  if (route == snapshot.routes.end()) {
    return std::unexpected(CallError{.code = CallErrorCode::unknown_route,
                                     .message = "no route is called " + codec::quote(id)});
  }
  if (!can_be_key(*route, key)) {
    Findings findings;
    findings.add("/key", route->key.empty() && route->identity_cookie.empty()
                             ? "is not looked at: this route has no key"
                             : "can be no key of a request on this route");
    return std::unexpected(invalid(findings));
  }
  const std::uint64_t u = core::number_of_key(route->salt, key);
  Tree answer = Tree::map();
  answer.set("route", route->id);
  answer.set("assignment", name_of(Assignment::keyed));
  add_number(answer, snapshot, *route, u);
  add_backend(answer, backend_of(snapshot, *route, u));
  answer.set("lane", std::int64_t{core::lane_of(u)});
  return answer;
}

Tree refused(Refusal refusal) {
  Tree answer = Tree::map();
  answer.set("refused", name_of(refusal));
  answer.set("status", std::int64_t{status_of(refusal)});
  return answer;
}

Tree describe(const Snapshot& snapshot, const Decision& decision) {
  Tree answer = Tree::map();
  answer.set("assignment", name_of(decision.assignment));
  if (decision.route == nullptr) return answer;
  answer.set("route", decision.route->id);
  if (decision.rule != nullptr) {
    answer.set("rule", std::int64_t{decision.rule - decision.route->rules.data()});
  }
  if (decision.minted) answer.set("mints_identity", true);
  const bool keyed = decision.assignment == Assignment::keyed && !decision.minted;
  if (keyed) add_number(answer, snapshot, *decision.route, decision.u);
  if (keyed || decision.rule != nullptr) add_backend(answer, *decision.backend);
  if (!decision.minted) answer.set("lane", std::int64_t{decision.lane});
  return answer;
}

Explained explain_head(const Snapshot& snapshot, std::string_view text, const IpAddress& client,
                       std::string_view listener) {
  const auto head = std::make_unique<RequestHead>();  // 5 KiB
  const auto request = std::make_unique<Request>();
  HeadProgress progress;
  const HeadStep step = parse_request_head(progress, text, *head);
  if (step.progress == Progress::refused) return refused(step.refusal);
  if (step.progress != Progress::complete) {
    return std::unexpected(CallError{.code = CallErrorCode::malformed,
                                     .message = "'head' does not end with an empty line"});
  }
  constexpr std::array<std::string_view, 1> upgrades = {"websocket"};
  if (const auto refusal = judge_request(*head, {.upgrade_protocols = upgrades}, *request)) {
    return refused(*refusal);
  }
  NoChance chance;
  Decider decider{.random = chance, .path = {}};
  // As if it were decided once more: a number that was drawn before is kept, so the counter of the
  // route does not move.
  const Decision drawn{.assignment = Assignment::unkeyed};
  const Decision decision = decide_again(snapshot, *request, client, drawn, decider, listener);
  if (const Route* const route = decision.route) {
    const RouteRules rules{.allows_dot_segments = route->allows_dot_segments,
                           .body_bytes_max = route->body_bytes_max};
    if (const auto refusal = judge_for_route(*request, rules)) return refused(*refusal);
  }
  return describe(snapshot, decision);
}

}  // namespace

Explained explain(const Snapshot& snapshot, const Tree& question) {
  Findings findings;
  const Place whole{.tree = question, .pointer = ""};
  MapReader reader(whole, findings);
  const bool by_key = reader.has("route") || reader.has("key");
  const std::string route = by_key ? reader.text("route") : "";
  const std::string key = by_key ? reader.text("key") : "";
  const std::string head = by_key ? "" : reader.text("head");
  const std::string address = by_key ? "" : reader.text_or("client", "127.0.0.1");
  const std::string listener = by_key ? "" : reader.text_or("listener", "");
  const auto client = parse_ip_address(address);
  if (!by_key && !client) reader.mistake("client", "must be an address");
  reader.finish();
  if (!findings.empty()) return std::unexpected(malformed(findings));
  return by_key ? explain_key(snapshot, route, key)
                : explain_head(snapshot, head, without_ipv4_mapping(*client), listener);
}

}  // namespace kai::splitter
