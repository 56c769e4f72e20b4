#include "edges/gateway_api/route_patch.h"

#include <algorithm>
#include <utility>

#include "codec/json_patch.h"
#include "codec/quote.h"
#include "edges/gateway_api/route_bindings.h"
#include "edges/gateway_api/route_rules.h"

namespace kai::edges {
namespace {

RuleWeights wanted_weights(const RuleBinding& rule, core::Weight canary) {
  const std::int64_t units = canary_units(canary, rule.scale.total);
  return {.stable = rule.scale.total - units, .canary = units};
}

std::string stamp_pointer() { return "/metadata/annotations/" + escape_pointer(stamp_annotation); }

// The stamp is the compare-and-set. Without one, the version of the object is: the first write.
void write_stamp(codec::JsonPatch& patch, const Tree& object, const core::Stamp& stamp) {
  if (const std::string* const present = stamp_text(object)) {
    patch.test(stamp_pointer(), *present);
    patch.replace(stamp_pointer(), core::format_stamp(stamp));
    return;
  }
  patch.replace("/metadata/resourceVersion", object.text_or("/metadata/resourceVersion", "0"));
  const Tree* const annotations = object.at("/metadata/annotations");
  if (annotations != nullptr && annotations->as_map() != nullptr) {
    patch.add(stamp_pointer(), core::format_stamp(stamp));
    return;
  }
  Tree map;
  map.set(stamp_annotation, core::format_stamp(stamp));
  patch.add("/metadata/annotations", std::move(map));
}

class RuleChange {
 public:
  RuleChange(const RouteBinding& binding, const RuleBinding& rule, const Tree& object,
             const LocatedRule& place, codec::JsonPatch& patch)
      : binding_(binding), rule_(rule), object_(object), place_(place), patch_(patch) {}

  // Both entries are there, or stable's is gone and something else carries the rule.
  void set(core::Weight canary) {
    const RuleWeights now = weights_of(object_, place_);
    const RuleWeights wanted = wanted_weights(rule_, canary);
    if (!place_.stable && rule_sum() - now.canary == 0)
      return;  // all weights 0 would fail every request
    const bool raises = wanted.canary > now.canary;
    set_entry(*place_.canary, rule_.canary, now.canary, wanted.canary, raises);
    if (place_.stable) set_entry(*place_.stable, rule_.stable, now.stable, wanted.stable, raises);
  }

  // Appended with weight 0, a copy of stable's entry; the other entries are scaled, so that shares
  // stay.
  Result<Unit> attach() {
    if (!place_.rule || !place_.stable || !is_as_planned()) {
      return fail(ErrorKind::rejected, codec::printable(binding_.label()) +
                                           ": the entries of the rule for " + rule_.stable +
                                           " changed since they were planned; start again");
    }
    const std::size_t rule = *place_.rule;
    const Tree::List& entries = entries_of(rules_of(object_)[rule]);
    Tree ours = entries[*place_.stable];
    patch_.test(entry_pointer(rule, *place_.stable) + "/name", rule_.stable);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::int64_t units =
          i == *place_.stable ? rule_.scale.total : rule_.weights[i] * rule_.scale.multiplier;
      if (units != rule_.weights[i]) patch_.add(entry_pointer(rule, i) + "/weight", units);
    }
    ours.set("name", rule_.canary);
    ours.set("weight", 0);
    if (rule_.canary_port != 0) ours.set("port", std::int64_t{rule_.canary_port});
    patch_.add("/spec/rules/" + std::to_string(rule) + "/backendRefs/-", std::move(ours));
    return Unit{};
  }

 private:
  [[nodiscard]] std::int64_t rule_sum() const {
    std::int64_t sum = 0;
    for (const Tree& entry : entries_of(rules_of(object_)[*place_.rule]))
      sum += std::max<std::int64_t>(0, entry_weight(entry));
    return sum;
  }

  [[nodiscard]] bool is_as_planned() const {
    const Tree::List& entries = entries_of(rules_of(object_)[*place_.rule]);
    return *place_.stable == rule_.stable_entry && entries.size() == rule_.weights.size() &&
           entries.size() < route_entries_max &&
           std::ranges::equal(entries, rule_.weights, {}, entry_weight);
  }

  void set_entry(std::size_t entry, const std::string& name, std::int64_t now, std::int64_t wanted,
                 bool test_weight) {
    const std::string pointer = entry_pointer(*place_.rule, entry);
    patch_.test(pointer + "/name", name);
    if (test_weight) patch_.test(pointer + "/weight", now);
    patch_.add(pointer + "/weight", wanted);
  }

  const RouteBinding& binding_;
  const RuleBinding& rule_;
  const Tree& object_;
  const LocatedRule& place_;
  codec::JsonPatch& patch_;
};

}  // namespace

Result<Unit> may_write(const RouteBinding& binding, const Tree& object, const core::Stamp& stamp) {
  const std::string* const text = stamp_text(object);
  if (text == nullptr) return Unit{};
  const auto present = core::parse_stamp(*text);
  if (!present || *text == binding.leftover_stamp) return Unit{};
  const std::string label = codec::printable(binding.label());
  if (present->rollout != stamp.rollout) {
    return fail(ErrorKind::unavailable, label + " carries the stamp " + *text +
                                            " of another rollout; this write gives way");
  }
  if (!core::is_newer(*present, stamp)) return Unit{};
  return fail(ErrorKind::unavailable,
              label + " carries the newer stamp " + *text + ": this write was overtaken");
}

Result<RouteChange> change_route(const RouteBinding& binding, const Tree& object,
                                 const ports::RouteTarget& target, const core::Stamp& stamp) {
  if (const auto allowed = may_write(binding, object, stamp); !allowed)
    return std::unexpected(allowed.error());
  RouteChange change;
  codec::JsonPatch patch;
  const std::vector<LocatedRule> places = locate_rules(binding, object);
  write_stamp(patch, object, stamp);
  for (std::size_t i = 0; i < places.size(); ++i) {
    RuleChange rule(binding, binding.rules[i], object, places[i], patch);
    if (places[i].canary) {
      rule.set(target.attached ? target.canary : core::Weight::zero());
    } else if (target.attached &&
               !stamp.down) {  // lowering needs no entry: without one the canary gets nothing
      if (auto attached = rule.attach(); !attached) return std::unexpected(attached.error());
      change.complete = change.complete && target.canary.is_zero();
    }
  }
  change.patch = patch.document();
  return change;
}

bool is_at(const RouteBinding& binding, const Tree& object, const ports::RouteTarget& target) {
  const std::vector<LocatedRule> places = locate_rules(binding, object);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].canary.has_value() != target.attached) return false;
    if (target.attached &&
        weights_of(object, places[i]) != wanted_weights(binding.rules[i], target.canary))
      return false;
  }
  return true;
}

}  // namespace kai::edges
