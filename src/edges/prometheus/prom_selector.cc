#include "edges/prometheus/prom_selector.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace kai::edges {
namespace {

constexpr std::string_view regex_special = R"(\.+*?()|[]{}^$)";
constexpr std::string_view matches_nothing = R"([^\s\S])";

std::string regex_quote(std::string_view value) {
  std::string quoted;
  for (const char c : value) {
    if (regex_special.find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string alternatives(std::string_view label, std::vector<std::string> values,
                         std::string_view tail) {
  KAI_CHECK(is_prom_name(label));
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  std::string regex;
  for (const std::string& value : values) {
    if (!regex.empty()) regex += '|';
    regex += regex_quote(value);
    regex += tail;
  }
  if (regex.empty()) regex = matches_nothing;
  return std::string(label) + "=~" + prom_string(regex);
}

char hex_digit(unsigned value) { return "0123456789abcdef"[value & 15U]; }

}  // namespace

std::string prom_string(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (c == '\n') {
      text += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      text += "\\x";
      text += hex_digit(byte >> 4U);
      text += hex_digit(byte);
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string prom_one_of(std::string_view label, std::vector<std::string> values) {
  // An empty value would also match every series without the label.
  std::erase(values, "");
  return alternatives(label, std::move(values), "");
}

std::string prom_starts_with_one_of(std::string_view label, std::vector<std::string> starts,
                                    std::string_view tail) {
  std::erase(starts, "");
  return alternatives(label, std::move(starts), tail);
}

std::string prom_selector(const std::vector<std::string>& matchers, Duration window) {
  std::string text = "{";
  for (const std::string& matcher : matchers) {
    if (text.size() > 1) text += ',';
    text += matcher;
  }
  text += '}';
  if (window <= Duration::zero()) return text;
  const std::int64_t milliseconds = (window.count() + 999'999) / 1'000'000;
  return text + "[" + std::to_string(milliseconds) + "ms]";
}

bool is_prom_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace kai::edges
