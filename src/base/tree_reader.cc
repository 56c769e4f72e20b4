#include "base/tree_reader.h"

namespace kai {

const Tree* TreeReader::find(std::string_view key, std::string_view wanted) {
  const Tree* const node = tree_.get(key);
  if (node == nullptr) mistake(key, wanted);
  return node;
}

void TreeReader::mistake(std::string_view key, std::string_view wanted) {
  if (!error_.empty()) return;
  error_ = what_ + ": field '" + std::string(key) + "' is no " + std::string(wanted);
}

Error TreeReader::error() const { return {.kind = ErrorKind::malformed, .message = error_}; }

std::string TreeReader::text(std::string_view key) {
  const Tree* const node = find(key, "text");
  if (node != nullptr && node->as_text() != nullptr) return *node->as_text();
  mistake(key, "text");
  return {};
}

std::int64_t TreeReader::whole(std::string_view key) {
  const Tree* const node = find(key, "whole number");
  if (node != nullptr && node->as_int() != nullptr) return *node->as_int();
  mistake(key, "whole number");
  return 0;
}

std::uint64_t TreeReader::count(std::string_view key) {
  const std::int64_t value = whole(key);
  if (value < 0) mistake(key, "count");
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

double TreeReader::number(std::string_view key) {
  const Tree* const node = find(key, "number");
  if (node != nullptr && node->as_number()) return *node->as_number();
  mistake(key, "number");
  return 0;
}

bool TreeReader::yes_no(std::string_view key) {
  const Tree* const node = find(key, "true or false");
  if (node != nullptr && node->as_bool() != nullptr) return *node->as_bool();
  mistake(key, "true or false");
  return false;
}

Duration TreeReader::duration(std::string_view key) {
  return Duration{static_cast<std::int64_t>(count(key))};
}

WallTime TreeReader::time(std::string_view key) {
  const auto parsed = parse_wall_time(text(key));
  if (!parsed) mistake(key, "time");
  return parsed.value_or(WallTime{});
}

const Tree& TreeReader::any(std::string_view key) {
  static const Tree nothing;
  const Tree* const node = tree_.get(key);
  return node == nullptr ? nothing : *node;
}

const Tree::List& TreeReader::list(std::string_view key) {
  static const Tree::List nothing;
  const Tree* const node = find(key, "list");
  if (node != nullptr && node->as_list() != nullptr) return *node->as_list();
  mistake(key, "list");
  return nothing;
}

const Tree& TreeReader::map(std::string_view key) {
  static const Tree nothing;
  const Tree* const node = find(key, "map");
  if (node != nullptr && node->as_map() != nullptr) return *node;
  mistake(key, "map");
  return nothing;
}

}  // namespace kai
