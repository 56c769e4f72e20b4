// Parts of a log line as trees: what its lines have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "base/tree_reader.h"

namespace kai::core::log {

// A count that no text can hold is refused by the judge as any other above its limit is.
inline Tree whole(std::uint64_t count) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(count, most));
}

// JSON has no words for what is no finite number.
inline Tree number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

inline double number_in(TreeReader& reader, std::string_view key) {
  const std::string* const word = reader.any(key).as_text();
  if (word == nullptr) return reader.number(key);
  if (*word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (*word == "inf") return std::numeric_limits<double>::infinity();
  if (*word == "-inf") return -std::numeric_limits<double>::infinity();
  reader.mistake(key, "number");
  return 0;
}

template <typename T>
T small(TreeReader& reader, std::string_view key) {
  const std::uint64_t value = reader.count(key);
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<T>::max()))
    return static_cast<T>(value);
  reader.mistake(key, "number of its size");
  return 0;
}

template <typename T>
T named(TreeReader& reader, std::string_view key, std::optional<T> value) {
  if (!value) reader.mistake(key, "word that is known");
  return value.value_or(T{});
}

// A part of its own, with the place of its mistake.
template <typename T>
T part(TreeReader& parent, std::string_view key, const Tree& tree, T (*read)(TreeReader&)) {
  TreeReader reader(tree, key);
  T value = read(reader);
  if (!reader.is_good()) parent.mistake(key, "part of a log: " + reader.error().message);
  return value;
}

template <typename T>
std::vector<T> parts(TreeReader& reader, std::string_view key, T (*read)(TreeReader&)) {
  std::vector<T> all;
  for (const Tree& item : reader.list(key)) all.push_back(part(reader, key, item, read));
  return all;
}

template <typename T, typename Write>
Tree list_of(const std::vector<T>& all, Write write) {
  Tree list = Tree::list();
  for (const T& item : all) list.push_back(write(item));
  return list;
}

inline Tree optional_tree(const std::optional<double>& value) {
  return value ? number(*value) : Tree();
}

inline std::optional<double> optional_in(TreeReader& reader, std::string_view key) {
  if (reader.any(key).is_null()) return std::nullopt;
  return number_in(reader, key);
}

}  // namespace kai::core::log
