#include "edges/kube_workload/live_values.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "codec/json_patch.h"

namespace kai::edges {
namespace {

constexpr std::string_view template_pointer = "/spec/template";

bool is_config(const Tree& object) {
  const std::string kind = object.text_or("/kind", "");
  return object.text_or("/apiVersion", "") == "v1" && (kind == "ConfigMap" || kind == "Secret");
}

// "/data/password" in two: a section and the escaped key below it, with its slash.
struct Value {
  std::string_view section;
  std::string_view key;
};

std::optional<Value> value_at(std::string_view pointer) {
  for (const std::string_view section : {"/data", "/stringData", "/binaryData"}) {
    if (!pointer.starts_with(section)) continue;
    const std::string_view key = pointer.substr(section.size());
    if (key.starts_with('/') && key.find('/', 1) == std::string_view::npos)
      return Value{.section = section, .key = key};
  }
  return std::nullopt;
}

bool is_stables(const ports::ObjectChange& change, std::string_view pointer) {
  const Tree* const before = change.stable.at(pointer);
  const Tree* const after = change.candidate.at(pointer);
  return before != nullptr && after != nullptr && *before == *after;
}

// The key of a map; an item of a list stays, since its neighbours would move.
void remove(Tree& tree, const std::string& pointer) {
  const Tree* const above = tree.at(pointer.substr(0, pointer.rfind('/')));
  if (above == nullptr || above->as_map() == nullptr || tree.at(pointer) == nullptr) return;
  auto removed = codec::apply(tree, codec::JsonPatch().remove(pointer).document());
  if (removed) tree = std::move(*removed);
}

}  // namespace

bool wants_live_values(const ports::ObjectChange& change) {
  if (change.kind != ports::ObjectChange::Kind::changed || !is_config(change.candidate))
    return false;
  return std::ranges::any_of(change.volatiles, [&](const std::string& pointer) {
    return value_at(pointer) && is_stables(change, pointer);
  });
}

Tree with_live_values(const ports::ObjectChange& change, const Tree& live) {
  Tree object = change.candidate;
  for (const std::string& pointer : change.volatiles) {
    const auto place = value_at(pointer);
    if (!place || !is_stables(change, pointer)) continue;
    // The server keeps `stringData` as `data`, encoded.
    const std::string_view kept = place->section == "/stringData" ? "/data" : place->section;
    const std::string now = std::string(kept) + std::string(place->key);
    const Tree* const value = live.at(now);
    if (value == nullptr) continue;
    if (kept != place->section) remove(object, pointer);
    object.set_at(now, *value);
  }
  return object;
}

Templates without_volatiles(Templates templates, const std::vector<std::string>& volatiles) {
  for (const std::string& pointer : volatiles) {
    if (!pointer.starts_with(std::string(template_pointer) + "/")) continue;
    const std::string below = pointer.substr(template_pointer.size());
    const Tree* const after = templates.candidate.at(below);
    const Tree* const before = templates.stable.at(below);
    const bool both = after != nullptr && before != nullptr && *after == *before;
    remove(templates.candidate, below);
    if (both) remove(templates.stable, below);
  }
  return templates;
}

}  // namespace kai::edges
