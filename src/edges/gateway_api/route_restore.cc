#include "edges/gateway_api/route_restore.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/digest.h"
#include "codec/json.h"
#include "codec/json_patch.h"
#include "codec/quote.h"
#include "edges/gateway_api/route_bindings.h"
#include "edges/gateway_api/route_patch.h"
#include "edges/gateway_api/route_rules.h"

namespace kai::edges {
namespace {

const Tree::List& managed_fields(const Tree& object) {
  static const Tree::List none;
  const Tree::List* const entries = object.list_at("/metadata/managedFields");
  return entries == nullptr ? none : *entries;
}

bool is_ours(const Tree& entry) { return entry.text_or("/manager", "") == route_manager; }

bool is_same_owner(const Tree& a, const Tree& b) {
  return std::ranges::all_of(
      std::array{"/manager", "/operation", "/apiVersion", "/subresource"},
      [&](const char* key) { return a.text_or(key, "") == b.text_or(key, ""); });
}

// Fields of `saved` that lie inside `taken`. An empty map in `taken` owns everything below it.
Tree inside(const Tree& saved,
            const Tree& taken) {  // NOLINT(misc-no-recursion): bounded by the parser's depth
  const Tree::Map* const fields = taken.as_map();
  if (fields == nullptr || fields->empty()) return saved;
  Tree common = Tree::map();
  for (const auto& [name, below] : *fields) {
    const Tree* const mine = saved.get(name);
    if (mine != nullptr) common.set(name, inside(*mine, below));
  }
  return common;
}

void merge(Tree& into,
           const Tree& more) {  // NOLINT(misc-no-recursion): bounded by the parser's depth
  if (more.as_map() == nullptr || into.as_map() == nullptr) return;
  for (const auto& [name, below] : *more.as_map()) {
    if (Tree* const present = into.get(name)) {
      merge(*present, below);
    } else {
      into.set(name, below);
    }
  }
}

Tree fields_of(const Tree& entry) {
  const Tree* const fields = entry.get("fieldsV1");
  return fields == nullptr || fields->as_map() == nullptr ? Tree::map() : *fields;
}

// What our writes own now; after the first patch this is the rules.
Tree fields_of_ours(const Tree& object) {
  Tree taken = Tree::map();
  for (const Tree& entry : managed_fields(object)) {
    if (is_ours(entry)) merge(taken, fields_of(entry));
  }
  return taken;
}

// The saved owner gets back what we took and nothing else: it may have given up other fields
// meanwhile.
Tree give_back(const Tree& present, const Tree& saved, const Tree& taken) {
  Tree fields = fields_of(present);
  merge(fields, inside(fields_of(saved), taken));
  if (fields == fields_of(saved)) return saved;  // with its time
  Tree entry = present;
  entry.set("fieldsV1", std::move(fields));
  return entry;
}

// An owner whose entry vanished because all of its fields were ours.
Tree revived(const Tree& saved, const Tree& taken) {
  Tree entry = saved;
  entry.set("fieldsV1", inside(fields_of(saved), taken));
  return entry;
}

bool has_fields(const Tree& entry) { return !fields_of(entry).as_map()->empty(); }

class Removal {
 public:
  Removal(const RouteBinding& binding, const Tree& object, codec::JsonPatch& patch)
      : binding_(binding), object_(object), patch_(patch) {}

  void rule(const RuleBinding& bound, const LocatedRule& place) {
    if (!place.canary) return;
    const std::size_t rule = *place.rule;
    patch_.test(entry_pointer(rule, *place.canary) + "/name", bound.canary);
    give_weights_back(bound, place);
    patch_.remove(entry_pointer(rule, *place.canary));
    found_ = true;
  }

  void stamp() {
    const std::string* const text = stamp_text(object_);
    if (text == nullptr) {
      if (found_) {
        patch_.replace("/metadata/resourceVersion",
                       object_.text_or("/metadata/resourceVersion", "0"));
      }
      return;
    }
    const std::string pointer = "/metadata/annotations/" + escape_pointer(stamp_annotation);
    patch_.test(pointer, *text);
    const bool alone = object_.map_at("/metadata/annotations")->size() == 1;
    patch_.remove(alone && !binding_.had_annotations ? "/metadata/annotations" : pointer);
    found_ = true;
  }

  [[nodiscard]] bool found() const { return found_; }

 private:
  void give_weights_back(const RuleBinding& bound, const LocatedRule& place) {
    const Tree::List& entries = entries_of(rules_of(object_)[*place.rule]);
    const Tree* const planned = binding_.spec.at("/rules/" + std::to_string(bound.rule));
    if (planned == nullptr) return;
    const Tree::List& originals = entries_of(*planned);
    std::size_t live = 0;
    for (std::size_t i = 0; i < originals.size() && i < bound.weights.size(); ++i, ++live) {
      if (live == *place.canary) ++live;
      if (live >= entries.size()) return;
      const bool same = entries[live].text_or("/name", "") == originals[i].text_or("/name", "");
      const std::int64_t ours =
          i == bound.stable_entry ? bound.scale.total : bound.weights[i] * bound.scale.multiplier;
      if (!same || entry_weight(entries[live]) != ours || ours == bound.weights[i])
        continue;  // theirs, or untouched
      give_weight_back(entry_pointer(*place.rule, live), originals[i]);
    }
  }

  void give_weight_back(const std::string& pointer, const Tree& original) {
    patch_.test(pointer + "/name", original.text_or("/name", ""));
    const Tree* const weight = original.get("weight");
    if (weight == nullptr) {
      patch_.remove(pointer + "/weight");
    } else {
      patch_.add(pointer + "/weight", *weight);
    }
  }

  const RouteBinding& binding_;
  const Tree& object_;
  codec::JsonPatch& patch_;
  bool found_ = false;
};

}  // namespace

Tree owners_of_rules(const Tree& object) {
  Tree owners = Tree::list();
  for (const Tree& entry : managed_fields(object)) {
    const bool holds = entry.at("/fieldsV1/f:spec/f:rules") != nullptr ||
                       entry.at("/fieldsV1/f:metadata/f:annotations") != nullptr;
    if (holds && !is_ours(entry)) owners.push_back(entry);
  }
  return owners;
}

Result<std::optional<Tree>> removal_patch(const RouteBinding& binding, const Tree& object,
                                          const core::Stamp& stamp) {
  if (const auto allowed = may_write(binding, object, stamp); !allowed)
    return std::unexpected(allowed.error());
  const std::vector<LocatedRule> places = locate_rules(binding, object);
  codec::JsonPatch patch;
  Removal removal(binding, object, patch);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (weights_of(object, places[i]).canary > 0) {
      return fail(ErrorKind::unavailable,
                  codec::printable(binding.label()) + ": the entry for " + binding.rules[i].canary +
                      " carries weight; it is removed only when it carries none");
    }
    removal.rule(binding.rules[i], places[i]);
  }
  removal.stamp();
  if (!removal.found()) return std::optional<Tree>();
  return std::optional<Tree>(patch.document());
}

std::optional<Tree> ownership_patch(const RouteBinding& binding, const Tree& object) {
  const Tree taken = fields_of_ours(object);
  if (taken.as_map()->empty()) return std::nullopt;
  Tree list = Tree::list();
  std::vector<const Tree*> missing;
  for (const Tree& saved : *binding.managed.as_list()) missing.push_back(&saved);
  for (const Tree& entry : managed_fields(object)) {
    if (is_ours(entry)) continue;
    const auto saved = std::ranges::find_if(
        missing, [&](const Tree* candidate) { return is_same_owner(*candidate, entry); });
    if (saved == missing.end()) {
      list.push_back(entry);
      continue;
    }
    list.push_back(give_back(entry, **saved, taken));
    missing.erase(saved);
  }
  for (const Tree* const saved : missing) {
    if (Tree entry = revived(*saved, taken); has_fields(entry)) list.push_back(std::move(entry));
  }
  codec::JsonPatch patch;
  patch.replace("/metadata/managedFields", std::move(list));
  patch.replace("/metadata/resourceVersion", object.text_or("/metadata/resourceVersion", "0"));
  return patch.document();
}

std::vector<std::string> foreign_edits(const RouteBinding& binding, const Tree& object) {
  const Tree* const spec = object.get("spec");
  const Tree now = spec == nullptr ? Tree::map() : *spec;
  const auto digest = [](const Tree& tree) {
    return codec::sha256_hex(codec::canonical_json(tree));
  };
  if (digest(now) == digest(binding.spec)) return {};
  return codec::differing_pointers(binding.spec, now);
}

}  // namespace kai::edges
