#include "base/tree.h"

#include <charconv>

#include "base/check.h"

namespace kai {
namespace {

std::string unescape_segment(std::string_view segment) {
  std::string text;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool escaped = segment[i] == '~' && i + 1 < segment.size();
    if (!escaped) {
      text += segment[i];
      continue;
    }
    ++i;
    text += segment[i] == '1' ? '/' : '~';
  }
  return text;
}

std::optional<std::size_t> index_of(std::string_view segment) {
  std::size_t index = 0;
  const char* const end = segment.data() + segment.size();
  const auto parsed = std::from_chars(segment.data(), end, index);
  if (segment.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return index;
}

// Cuts the first segment off a pointer that starts with "/".
std::string next_segment(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::size_t length = std::min(pointer.find('/'), pointer.size());
  std::string segment = unescape_segment(pointer.substr(0, length));
  pointer.remove_prefix(length);
  return segment;
}

bool same_maps(const Tree::Map& a, const Tree& b) {
  for (const auto& [key, value] : a) {
    const Tree* const other = b.get(key);
    if (other == nullptr || !(value == *other)) return false;
  }
  return true;
}

}  // namespace

std::optional<double> Tree::as_number() const {
  if (const auto* whole = as_int()) return static_cast<double>(*whole);
  if (const auto* real = as_double()) return *real;
  return std::nullopt;
}

const Tree* Tree::get(std::string_view key) const {
  const Map* const entries = as_map();
  if (entries == nullptr) return nullptr;
  for (const auto& [name, value] : *entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Tree* Tree::get(std::string_view key) { return const_cast<Tree*>(std::as_const(*this).get(key)); }

const Tree* Tree::at(std::string_view pointer) const {
  const Tree* node = this;
  while (node != nullptr && !pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    const std::string segment = next_segment(pointer);
    if (const List* const items = node->as_list()) {
      const auto index = index_of(segment);
      node = index && *index < items->size() ? &(*items)[*index] : nullptr;
    } else {
      node = node->get(segment);
    }
  }
  return node;
}

Tree* Tree::at(std::string_view pointer) {
  return const_cast<Tree*>(std::as_const(*this).at(pointer));
}

const std::string* Tree::text_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  return node == nullptr ? nullptr : node->as_text();
}

const Tree::List* Tree::list_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  return node == nullptr ? nullptr : node->as_list();
}

const Tree::Map* Tree::map_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  return node == nullptr ? nullptr : node->as_map();
}

std::optional<std::int64_t> Tree::int_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  if (node == nullptr || node->as_int() == nullptr) return std::nullopt;
  return *node->as_int();
}

std::optional<double> Tree::number_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  return node == nullptr ? std::nullopt : node->as_number();
}

std::optional<bool> Tree::bool_at(std::string_view pointer) const {
  const Tree* const node = at(pointer);
  if (node == nullptr || node->as_bool() == nullptr) return std::nullopt;
  return *node->as_bool();
}

std::string Tree::text_or(std::string_view pointer, std::string_view otherwise) const {
  const std::string* const text = text_at(pointer);
  return text == nullptr ? std::string(otherwise) : *text;
}

Tree& Tree::set(std::string_view key, Tree value) {
  if (is_null()) value_ = Map{};
  Map* const entries = as_map();
  KAI_CHECK(entries != nullptr);
  if (Tree* const old = get(key)) return *old = std::move(value);
  return entries->emplace_back(std::string(key), std::move(value)).second;
}

Tree& Tree::set_at(std::string_view pointer, Tree value) {
  Tree* node = this;
  while (!pointer.empty()) {
    KAI_CHECK(pointer.front() == '/');
    const std::string segment = next_segment(pointer);
    if (List* const items = node->as_list()) {
      const auto index = index_of(segment);
      KAI_CHECK(index && *index < items->size());
      node = &(*items)[*index];
      continue;
    }
    Tree* const child = node->get(segment);
    node = child != nullptr ? child : &node->set(segment, Tree());
  }
  return *node = std::move(value);
}

bool Tree::erase(std::string_view key) {
  Map* const entries = as_map();
  if (entries == nullptr) return false;
  return std::erase_if(*entries, [key](const Entry& entry) { return entry.first == key; }) > 0;
}

Tree& Tree::push_back(Tree value) {
  if (is_null()) value_ = List{};
  List* const items = as_list();
  KAI_CHECK(items != nullptr);
  return items->emplace_back(std::move(value));
}

bool operator==(const Tree& a, const Tree& b) {
  const Tree::Map* const entries = a.as_map();
  if (entries == nullptr || b.as_map() == nullptr) return a.value_ == b.value_;
  return entries->size() == b.as_map()->size() && same_maps(*entries, b);
}

std::string escape_pointer(std::string_view segment) {
  std::string text;
  for (const char c : segment) {
    if (c == '~') {
      text += "~0";
    } else if (c == '/') {
      text += "~1";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace kai
