#include "edges/kube_workload/template_match.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "edges/kube_workload/quantity.h"

namespace kai::edges {
namespace {

const Tree nothing;

// Says nothing: not there, or an empty map or list.
bool is_absent(const Tree& tree) {
  const Tree::Map* const map = tree.as_map();
  const Tree::List* const list = tree.as_list();
  return tree.is_null() || (map != nullptr && map->empty()) || (list != nullptr && list->empty());
}

// The server drops "" everywhere, and false and 0 of these fields. Of all others they mean another
// thing than nothing: `automountServiceAccountToken: false` mounts no token.
constexpr std::array<std::string_view, 9> dropped_when_zero{
    "hostIPC",  "hostNetwork", "hostPID",   "hostPort", "initialDelaySeconds",
    "readOnly", "stdin",       "stdinOnce", "tty"};

bool is_dropped(std::string_view field, const Tree& value) {
  if (value.as_text() != nullptr) return value.as_text()->empty();
  const bool zero = (value.as_bool() != nullptr && !*value.as_bool()) || value.as_number() == 0.0;
  return is_absent(value) ||
         (zero && std::ranges::find(dropped_when_zero, field) != dropped_when_zero.end());
}

const Tree& child(const Tree& tree, std::string_view key) {
  const Tree* const found = tree.get(key);
  return found == nullptr ? nothing : *found;
}

// Lists whose items have a name, with the fields that are it (patchMergeKey of the API).
struct MergeKey {
  std::string_view list;
  std::string_view first;
  std::string_view second = {};     // of a pair
  std::string_view otherwise = {};  // the second one's default
};
constexpr std::array<MergeKey, 12> merge_keys{
    {{"containers", "name"},
     {"initContainers", "name"},
     {"ephemeralContainers", "name"},
     {"volumes", "name"},
     {"env", "name"},
     {"imagePullSecrets", "name"},
     {"schedulingGates", "name"},
     {"ports", "containerPort", "protocol", "TCP"},
     {"volumeMounts", "mountPath"},
     {"volumeDevices", "devicePath"},
     {"hostAliases", "ip"},
     {"topologySpreadConstraints", "topologyKey", "whenUnsatisfiable"}}};

using Keyed = std::map<std::string, const Tree*>;

// Empty when an item has no name, or two have the same one.
std::optional<Keyed> keyed(const Tree& list, const MergeKey& key) {
  Keyed items;
  if (list.is_null()) return items;
  if (list.as_list() == nullptr) return std::nullopt;
  for (const Tree& item : *list.as_list()) {
    const Tree& first = child(item, key.first);
    if (first.as_text() == nullptr && first.as_int() == nullptr) return std::nullopt;
    std::string name = codec::canonical_json(first);
    if (!key.second.empty())
      name += " " + item.text_or("/" + std::string(key.second), key.otherwise);
    if (!items.emplace(std::move(name), &item).second) return std::nullopt;
  }
  return items;
}

const Tree& item_of(const Keyed& items, const std::string& name) {
  const auto found = items.find(name);
  return found == items.end() ? nothing : *found->second;
}

// A value of these is an amount, whatever the field in it is called.
bool holds_quantities(std::string_view field) {
  return field == "limits" || field == "requests" || field == "sizeLimit" || field == "divisor";
}

class Matcher {
 public:
  // `field`: the name under which the three are found.
  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] bool run(const TemplateQuestion& at, std::string_view field) const {
    const Tree& shape = is_absent(at.wanted) ? at.live : at.wanted;
    if (shape.as_map() != nullptr) return match_map(at);
    if (shape.as_list() != nullptr) return match_list(at, field);
    if (is_absent(at.wanted)) return is_absent(at.live) || is_absent(at.other);
    return same_scalar(at.live, at.wanted) ||
           (is_dropped(field, at.live) && is_dropped(field, at.wanted));
  }

  bool amounts = false;  // below `limits` and its like

 private:
  [[nodiscard]] bool same_scalar(const Tree& a, const Tree& b) const {
    if (a == b) return true;
    if (amounts && is_same_quantity(a, b)) return true;
    const auto left = a.as_number();
    const auto right = b.as_number();
    return left && right && *left == *right;  // 1 and 1.0 are one number on the way
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] bool match_map(const TemplateQuestion& at) const {
    const auto matches = [&](const std::string& key) {
      Matcher below = *this;
      below.amounts |= holds_quantities(key);
      return below.run({.live = child(at.live, key),
                        .wanted = child(at.wanted, key),
                        .other = child(at.other, key)},
                       key);
    };
    for (const Tree* const map : {&at.wanted, &at.live}) {
      if (map->as_map() == nullptr) {
        if (!is_absent(*map)) return false;
        continue;
      }
      if (!std::ranges::all_of(*map->as_map(), matches, &Tree::Entry::first)) return false;
    }
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] bool match_list(const TemplateQuestion& at, std::string_view field) const {
    const auto known = std::ranges::find(merge_keys, field, &MergeKey::list);
    if (known == merge_keys.end()) return match_by_position(at);
    const auto wanted = keyed(at.wanted, *known);
    const auto live = keyed(at.live, *known);
    const auto other = keyed(at.other, *known);
    if (!wanted || !live || !other) return match_by_position(at);
    const auto matches = [&](const std::string& name) {
      return run({.live = item_of(*live, name),
                  .wanted = item_of(*wanted, name),
                  .other = item_of(*other, name)},
                 "");
    };
    for (const auto& [name, item] : *wanted) {
      if (!live->contains(name) || !matches(name)) return false;
    }
    // Of an item that nobody wants, nothing may be left but what is in neither manifest.
    return std::ranges::all_of(*live, [&](const auto& item) {
      return wanted->contains(item.first) || !other->contains(item.first);
    });
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  [[nodiscard]] bool match_by_position(const TemplateQuestion& at) const {
    if (is_absent(at.wanted)) return is_absent(at.live) || is_absent(at.other);
    const Tree::List* const wanted = at.wanted.as_list();
    const Tree::List* const live = at.live.as_list();
    const Tree::List* const other = at.other.as_list();
    if (wanted == nullptr || live == nullptr || wanted->size() != live->size()) return false;
    for (std::size_t i = 0; i < wanted->size(); ++i) {
      const Tree& beside = other != nullptr && i < other->size() ? (*other)[i] : nothing;
      if (!run({.live = (*live)[i], .wanted = (*wanted)[i], .other = beside}, "")) return false;
    }
    return true;
  }
};

}  // namespace

bool runs_template(const TemplateQuestion& question) { return Matcher().run(question, ""); }

}  // namespace kai::edges
