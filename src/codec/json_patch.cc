#include "codec/json_patch.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "codec/number.h"
#include "codec/quote.h"

namespace kai::codec {
namespace {

std::unexpected<Error> leads_nowhere(std::string_view pointer) {
  return fail(ErrorKind::rejected, "patch: nothing is at " + quote(pointer));
}

// Where a pointer ends: the list or map that holds the place, and the place's name in it.
struct Place {
  Tree* parent;
  std::string name;
};

std::string unescape(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '~' || i + 1 == segment.size()) {
      text += segment[i];
      continue;
    }
    ++i;
    text += segment[i] == '1' ? '/' : '~';
  }
  return text;
}

// RFC 6901 §4: digits without leading zeros.
std::optional<std::size_t> index_of(std::string_view name) {
  if (name.size() > 1 && name.front() == '0') return std::nullopt;
  const auto index = parse_uint(name);
  if (!index) return std::nullopt;
  return *index;
}

// Empty when the way to the parent leads nowhere. `pointer` is not "".
std::optional<Place> find_place(Tree& tree, std::string_view pointer) {
  const std::size_t slash = pointer.rfind('/');
  if (!pointer.starts_with('/')) return std::nullopt;
  Tree* const parent = tree.at(pointer.substr(0, slash));
  if (parent == nullptr) return std::nullopt;
  return Place{.parent = parent, .name = unescape(pointer.substr(slash + 1))};
}

Result<Unit> add(Tree& tree, std::string_view pointer, const Tree& value) {
  if (pointer.empty()) {
    tree = value;
    return Unit{};
  }
  const auto place = find_place(tree, pointer);
  if (!place) return leads_nowhere(pointer);
  if (place->parent->as_map() != nullptr) {
    place->parent->set(place->name, value);
    return Unit{};
  }
  Tree::List* const items = place->parent->as_list();
  if (items == nullptr) return leads_nowhere(pointer);
  const auto index = place->name == "-" ? items->size() : index_of(place->name);
  if (!index || *index > items->size()) return leads_nowhere(pointer);
  items->insert(items->begin() + static_cast<std::ptrdiff_t>(*index), value);
  return Unit{};
}

Result<Unit> remove(Tree& tree, std::string_view pointer) {
  if (pointer.empty()) {
    tree = Tree();
    return Unit{};
  }
  const auto place = find_place(tree, pointer);
  if (!place) return leads_nowhere(pointer);
  if (place->parent->erase(place->name)) return Unit{};
  Tree::List* const items = place->parent->as_list();
  const auto index = index_of(place->name);
  if (items == nullptr || !index || *index >= items->size()) return leads_nowhere(pointer);
  items->erase(items->begin() + static_cast<std::ptrdiff_t>(*index));
  return Unit{};
}

// The node at a pointer, with the strict reading of list indices.
Tree* find(Tree& tree, std::string_view pointer) {
  if (pointer.empty()) return &tree;
  const auto place = find_place(tree, pointer);
  if (!place) return nullptr;
  Tree::List* const items = place->parent->as_list();
  if (items == nullptr) return place->parent->get(place->name);
  const auto index = index_of(place->name);
  return index && *index < items->size() ? &(*items)[*index] : nullptr;
}

Result<Unit> replace(Tree& tree, std::string_view pointer, const Tree& value) {
  Tree* const node = find(tree, pointer);
  if (node == nullptr) return leads_nowhere(pointer);
  *node = value;
  return Unit{};
}

Result<Unit> test(Tree& tree, std::string_view pointer, const Tree& value) {
  const Tree* const node = find(tree, pointer);
  if (node == nullptr) return leads_nowhere(pointer);
  if (differing_pointers(*node, value).empty()) return Unit{};
  return fail(ErrorKind::rejected, "patch: the test of " + quote(pointer) + " does not hold");
}

Result<Unit> apply_one(Tree& tree, const Tree& operation) {
  const std::string* const name = operation.text_at("/op");
  const std::string* const pointer = operation.text_at("/path");
  if (name == nullptr || pointer == nullptr) {
    return fail(ErrorKind::malformed, "patch: an operation wants op and path");
  }
  if (!pointer->empty() && !pointer->starts_with('/')) {
    return fail(ErrorKind::malformed, "patch: not a pointer: " + quote(*pointer));
  }
  if (*name == "remove") return remove(tree, *pointer);
  const bool known = *name == "add" || *name == "replace" || *name == "test";
  if (!known) return fail(ErrorKind::malformed, "patch: unknown operation " + quote(*name));
  const Tree* const value = operation.get("value");
  if (value == nullptr) return fail(ErrorKind::malformed, "patch: " + *name + " wants a value");
  if (*name == "add") return add(tree, *pointer, *value);
  if (*name == "replace") return replace(tree, *pointer, *value);
  return test(tree, *pointer, *value);
}

// Exact also where an integer does not fit a double. Empty when one of the two is no number.
std::optional<bool> same_number(const Tree& a, const Tree& b) {
  if (a.as_int() != nullptr && b.as_int() != nullptr) return *a.as_int() == *b.as_int();
  const auto x = a.as_number();
  const auto y = b.as_number();
  if (!x || !y) return std::nullopt;
  return *x == *y;
}

void collect(const Tree& a, const Tree& b, const std::string& pointer,
             std::vector<std::string>& found);

// NOLINTNEXTLINE(misc-no-recursion)
void collect_maps(const Tree& a, const Tree& b, const std::string& pointer,
                  std::vector<std::string>& found) {
  for (const auto& [key, value] : *a.as_map()) {
    const std::string inner = pointer + '/' + escape_pointer(key);
    const Tree* const other = b.get(key);
    other == nullptr ? found.push_back(inner) : collect(value, *other, inner, found);
  }
  for (const auto& [key, value] : *b.as_map()) {
    if (a.get(key) == nullptr) found.push_back(pointer + '/' + escape_pointer(key));
  }
}

// NOLINTNEXTLINE(misc-no-recursion)
void collect_lists(const Tree::List& a, const Tree::List& b, const std::string& pointer,
                   std::vector<std::string>& found) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    collect(a[i], b[i], pointer + '/' + std::to_string(i), found);
  }
  for (std::size_t i = common; i < std::max(a.size(), b.size()); ++i) {
    found.push_back(pointer + '/' + std::to_string(i));
  }
}

// NOLINTNEXTLINE(misc-no-recursion)
void collect(const Tree& a, const Tree& b, const std::string& pointer,
             std::vector<std::string>& found) {
  if (a.as_map() != nullptr && b.as_map() != nullptr) {
    collect_maps(a, b, pointer, found);
  } else if (a.as_list() != nullptr && b.as_list() != nullptr) {
    collect_lists(*a.as_list(), *b.as_list(), pointer, found);
  } else if (!same_number(a, b).value_or(a == b)) {
    found.push_back(pointer);
  }
}

}  // namespace

JsonPatch& JsonPatch::add(std::string_view pointer, Tree value) {
  return operation("add", pointer, std::move(value));
}

JsonPatch& JsonPatch::remove(std::string_view pointer) {
  Tree entry;
  entry.set("op", "remove");
  entry.set("path", pointer);
  document_.push_back(std::move(entry));
  return *this;
}

JsonPatch& JsonPatch::replace(std::string_view pointer, Tree value) {
  return operation("replace", pointer, std::move(value));
}

JsonPatch& JsonPatch::test(std::string_view pointer, Tree value) {
  return operation("test", pointer, std::move(value));
}

JsonPatch& JsonPatch::operation(std::string_view name, std::string_view pointer, Tree value) {
  Tree entry;
  entry.set("op", name);
  entry.set("path", pointer);
  entry.set("value", std::move(value));
  document_.push_back(std::move(entry));
  return *this;
}

Result<Tree> apply(Tree tree, const Tree& patch) {
  const Tree::List* const operations = patch.as_list();
  if (operations == nullptr) return fail(ErrorKind::malformed, "patch: want a list of operations");
  for (const Tree& operation : *operations) {
    const Result<Unit> done = apply_one(tree, operation);
    if (!done) return std::unexpected(done.error());
  }
  return tree;
}

std::vector<std::string> differing_pointers(const Tree& a, const Tree& b) {
  std::vector<std::string> found;
  collect(a, b, "", found);
  return found;
}

}  // namespace kai::codec
