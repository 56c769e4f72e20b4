#include "edges/gateway_api/route_rules.h"

#include <algorithm>
#include <set>

#include "codec/quote.h"
#include "edges/gateway_api/route_bindings.h"

namespace kai::edges {
namespace {

std::optional<std::size_t> find_entry(const Tree& rule, const std::string& name,
                                      const RouteBinding& binding) {
  const EntryName wanted{.name = name,
                         .name_space = binding.service_name_space,
                         .route_name_space = binding.name_space};
  const Tree::List& entries = entries_of(rule);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (is_entry_of(entries[i], wanted)) return i;
  }
  return std::nullopt;
}

// How well a rule must match the planned one. Rules move when others edit the list, and two rules
// may lead to the same Service with different other entries.
enum class Likeness { whole, entries, service };

std::vector<std::string> names_of_others(const Tree& rule, const RuleBinding& bound) {
  std::vector<std::string> names;
  for (const Tree& entry : entries_of(rule)) {
    std::string name = entry.text_or("/name", "");
    if (name != bound.canary) names.push_back(std::move(name));
  }
  return names;
}

class RuleFinder {
 public:
  RuleFinder(const RouteBinding& binding, const Tree& object)
      : binding_(binding), rules_(rules_of(object)), places_(binding.rules.size()) {}

  std::vector<LocatedRule> find() {
    for (const Likeness likeness : {Likeness::whole, Likeness::entries, Likeness::service}) {
      for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!places_[i].rule) find_one(i, likeness);
      }
    }
    return std::move(places_);
  }

 private:
  void find_one(std::size_t number, Likeness likeness) {
    const std::size_t hint = binding_.rules[number].rule;
    if (hint < rules_.size() && take(number, hint, likeness)) return;
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
      if (take(number, rule, likeness)) return;
    }
  }

  bool take(std::size_t number, std::size_t rule, Likeness likeness) {
    const RuleBinding& bound = binding_.rules[number];
    if (taken_.contains(rule) || !is_like(rules_[rule], bound, likeness)) return false;
    const auto stable = find_entry(rules_[rule], bound.stable, binding_);
    const auto canary = find_entry(rules_[rule], bound.canary, binding_);
    if (!stable && !canary) return false;
    places_[number] = {.rule = rule, .stable = stable, .canary = canary};
    taken_.insert(rule);
    return true;
  }

  [[nodiscard]] bool is_like(const Tree& rule, const RuleBinding& bound, Likeness likeness) const {
    const Tree* const planned = binding_.spec.at("/rules/" + std::to_string(bound.rule));
    if (likeness == Likeness::service || planned == nullptr) return likeness == Likeness::service;
    if (names_of_others(*planned, bound) != names_of_others(rule, bound)) return false;
    if (likeness == Likeness::entries) return true;
    const Tree* const before = planned->get("matches");
    const Tree* const now = rule.get("matches");
    return before == nullptr || now == nullptr ? before == now : *before == *now;
  }

  const RouteBinding& binding_;
  const Tree::List& rules_;
  std::vector<LocatedRule> places_;
  std::set<std::size_t> taken_;
};

}  // namespace

std::vector<LocatedRule> locate_rules(const RouteBinding& binding, const Tree& object) {
  return RuleFinder(binding, object).find();
}

RuleWeights weights_of(const Tree& object, const LocatedRule& place) {
  if (!place.rule) return {};
  const Tree::List& entries = entries_of(rules_of(object)[*place.rule]);
  RuleWeights weights;
  if (place.stable)
    weights.stable = std::max<std::int64_t>(0, entry_weight(entries[*place.stable]));
  if (place.canary)
    weights.canary = std::max<std::int64_t>(0, entry_weight(entries[*place.canary]));
  return weights;
}

namespace {

// A rule that was there when it was planned, and was not bound for a reason.
bool was_left_alone(const RouteBinding& binding, const Tree& rule) {
  const Tree::List* const planned = binding.spec.list_at("/rules");
  if (planned == nullptr) return false;
  for (std::size_t i = 0; i < planned->size(); ++i) {
    const bool bound =
        std::ranges::any_of(binding.rules, [i](const RuleBinding& one) { return one.rule == i; });
    if (!bound && (*planned)[i] == rule) return true;
  }
  return false;
}

// Rules that lead to a stable Service of ours and were not bound: they appeared after the plan.
std::string find_unbound(const RouteBinding& binding, const Tree& object,
                         const std::vector<LocatedRule>& places) {
  const Tree::List& rules = rules_of(object);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (std::ranges::any_of(places, [i](const LocatedRule& place) { return place.rule == i; }))
      continue;
    if (was_left_alone(binding, rules[i])) continue;
    for (const RuleBinding& bound : binding.rules) {
      const auto entry = find_entry(rules[i], bound.stable, binding);
      if (!entry || entry_weight(entries_of(rules[i])[*entry]) == 0) continue;
      if (entries_of(rules[i])[*entry].int_at("/port").value_or(0) != bound.port) continue;
      return codec::printable(binding.label()) + " rule " + std::to_string(i + 1) +
             " appeared and sends traffic to " + bound.stable + " past the split";
    }
  }
  return {};
}

}  // namespace

LiveRoute read_live(const RouteBinding& binding, const Tree& object,
                    std::span<const core::Weight> steps) {
  LiveRoute live;
  const std::vector<LocatedRule> places = locate_rules(binding, object);
  for (const LocatedRule& place : places) {
    const RuleWeights weights = weights_of(object, place);
    const core::Weight share = live_weight(weights.canary, weights.stable, steps);
    live.attached = live.attached && place.canary.has_value();
    live.most = std::max(live.most, share);
    live.least = std::min(live.least, share);
  }
  live.unbound = find_unbound(binding, object, places);
  if (!live.unbound.empty()) live.least = core::Weight::zero();
  if (const std::string* const text = stamp_text(object)) live.stamp = core::parse_stamp(*text);
  return live;
}

const std::string* stamp_text(const Tree& object) {
  const Tree* const annotations = object.at("/metadata/annotations");
  const Tree* const stamp = annotations == nullptr ? nullptr : annotations->get(stamp_annotation);
  return stamp == nullptr ? nullptr : stamp->as_text();
}

std::string last_writer(const Tree& object) {
  const Tree::List* const entries = object.list_at("/metadata/managedFields");
  if (entries == nullptr) return {};
  std::string newest;
  std::string writer;
  for (const Tree& entry : *entries) {
    const std::string manager = entry.text_or("/manager", "");
    const std::string time = entry.text_or("/time", "");  // RFC 3339 in UTC: sorts as text
    if (manager.empty() || manager == route_manager ||
        entry.at("/fieldsV1/f:spec/f:rules") == nullptr)
      continue;
    if (!writer.empty() && time <= newest) continue;
    newest = time;
    writer = manager;
  }
  return codec::printable(writer);
}

std::string entry_pointer(std::size_t rule, std::size_t entry) {
  return "/spec/rules/" + std::to_string(rule) + "/backendRefs/" + std::to_string(entry);
}

}  // namespace kai::edges
