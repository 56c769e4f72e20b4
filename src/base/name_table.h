// Values of an enum and their names in text, both ways.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace kai {

template <typename T>
struct Name {
  T value;
  std::string_view text;
};

// "?" for a value that is not there.
template <typename T, std::size_t size>
[[nodiscard]] constexpr std::string_view text_in(const std::array<Name<T>, size>& table, T value) {
  for (const Name<T>& name : table) {
    if (name.value == value) return name.text;
  }
  return "?";
}

template <typename T, std::size_t size>
[[nodiscard]] constexpr std::optional<T> value_in(const std::array<Name<T>, size>& table,
                                                  std::string_view text) {
  for (const Name<T>& name : table) {
    if (name.text == text) return name.value;
  }
  return std::nullopt;
}

}  // namespace kai
