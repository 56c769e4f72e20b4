#include "splitter/admin/change.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/tree.h"
#include "codec/quote.h"
#include "splitter/protocol/answers.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

bool has_backend(const RouteSpec& route, std::string_view id) {
  const auto by_rule = [&](const RuleSpec& rule) { return rule.to == id; };
  const auto by_weight = [&](const ShareSpec& share) { return share.backend == id; };
  return std::ranges::any_of(route.rules, by_rule) ||
         std::ranges::any_of(route.split.weights, by_weight);
}

CallError with_findings(CallErrorCode code, std::string_view what, const Findings& findings) {
  const std::size_t count = findings.list().size() + findings.left_off();
  return {.code = code,
          .message = std::string(what) + " has " + std::to_string(count) +
                     (count == 1 ? " mistake" : " mistakes") + "; nothing has changed",
          .findings = findings.list()};
}

}  // namespace

std::expected<SnapshotSpec, CallError> with_split(const SnapshotSpec& in_force,
                                                  std::string_view route,
                                                  const SplitChange& change) {
  SnapshotSpec wanted = in_force;
  wanted.writer_epoch = change.writer_epoch;
  wanted.generation = change.base_generation;
  const auto found = std::ranges::find(wanted.routes, route, &RouteSpec::id);
  if (found == wanted.routes.end()) {
    return std::unexpected(CallError{.code = CallErrorCode::unknown_route,
                                     .message = "no route is called " + codec::quote(route)});
  }
  if (!change.weights.empty()) found->split.weights = change.weights;
  found->split.stamp = change.stamp;
  Findings findings;
  for (const SplitChange::State& each : change.states) {
    const auto backend = std::ranges::find(wanted.backends, each.backend, &BackendSpec::id);
    if (backend == wanted.backends.end() || !has_backend(*found, each.backend)) {
      findings.add("/states/" + escape_pointer(each.backend),
                   "is no backend of route " + codec::quote(route));
      continue;
    }
    backend->state = each.state;
  }
  if (!findings.empty()) return std::unexpected(invalid(findings));
  return wanted;
}

CallError in_terms_of_split(CallError error) {
  for (Finding& finding : error.findings) {
    constexpr std::string_view split = "/split/weights_ppm";
    const std::size_t at = finding.pointer.find(split);
    const bool is_of_route = finding.pointer.starts_with("/routes/");
    if (is_of_route && at != std::string::npos) finding.pointer.erase(0, at + 6);
  }
  return error;
}

void keep_salts(const SnapshotSpec& in_force, SnapshotSpec& wanted) {
  std::map<std::string_view, const RouteSpec*> known;
  for (const RouteSpec& route : in_force.routes) known.emplace(route.id, &route);
  for (RouteSpec& route : wanted.routes) {
    const auto before = known.find(route.id);
    if (route.split.salt.empty() && before != known.end()) {
      route.split.salt = before->second->split.salt;
    }
  }
}

CallError malformed(const Findings& findings) {
  return with_findings(CallErrorCode::malformed, "the document", findings);
}

CallError invalid(const Findings& findings) {
  return with_findings(CallErrorCode::invalid, "the configuration", findings);
}

}  // namespace kai::splitter
