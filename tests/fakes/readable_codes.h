// Escape sequences as a reader of a golden file can see them.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace kai::fakes {

// The colours become "<green>" and so on, their end "</>"; every other escape stays, as "<ESC>".
inline std::string readable_codes(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"\x1b[32m", "<green>"}, {"\x1b[31m", "<red>"}, {"\x1b[33m", "<yellow>"},
      {"\x1b[0m", "</>"},      {"\x1b[J", "<clear>"}, {"\x1b", "<ESC>"}};
  for (const auto& [code, name] : names) {
    for (std::size_t at = 0; (at = text.find(code, at)) != std::string::npos; at += name.size())
      text.replace(at, code.size(), name);
  }
  return text;
}

}  // namespace kai::fakes
