// The character classes of RFC 9110 and 9112, one table look-up each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kai::splitter {

inline constexpr std::uint8_t token_octet = 1;        // tchar, RFC 9110 §5.6.2
inline constexpr std::uint8_t field_value_octet = 2;  // HTAB, SP, VCHAR, obs-text: §5.5
inline constexpr std::uint8_t target_octet = 4;       // VCHAR without '#' and '\'
inline constexpr std::uint8_t digit_octet = 8;
inline constexpr std::uint8_t hex_octet = 16;

[[nodiscard]] constexpr std::array<std::uint8_t, 256> make_octet_classes() {
  constexpr std::string_view token_signs = "!#$%&'*+-.^_`|~";
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t octet = 0; octet < 256; ++octet) {
    const bool digit = octet >= '0' && octet <= '9';
    const bool small = octet >= 'a' && octet <= 'z';
    const bool capital = octet >= 'A' && octet <= 'Z';
    const bool visible = octet > ' ' && octet < 0x7F;
    const bool sign = visible && token_signs.contains(static_cast<char>(octet));
    std::uint8_t bits = 0;
    if (digit || small || capital || sign) bits |= token_octet;
    if (octet == '\t' || octet == ' ' || visible || octet >= 0x80) bits |= field_value_octet;
    if (visible && octet != '#' && octet != '\\') bits |= target_octet;
    if (digit) bits |= digit_octet;
    if (digit || (small && octet <= 'f') || (capital && octet <= 'F')) bits |= hex_octet;
    classes[octet] = bits;
  }
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> octet_classes = make_octet_classes();

[[nodiscard]] constexpr bool is_of(std::uint8_t octet_class, char octet) {
  return (octet_classes[static_cast<unsigned char>(octet)] & octet_class) != 0;
}
[[nodiscard]] constexpr bool is_token_octet(char octet) { return is_of(token_octet, octet); }
[[nodiscard]] constexpr bool is_field_value_octet(char octet) {
  return is_of(field_value_octet, octet);
}
[[nodiscard]] constexpr bool is_target_octet(char octet) { return is_of(target_octet, octet); }
[[nodiscard]] constexpr bool is_digit(char octet) { return is_of(digit_octet, octet); }
[[nodiscard]] constexpr bool is_hex_digit(char octet) { return is_of(hex_octet, octet); }
// Optional white space of RFC 9110 §5.6.3.
[[nodiscard]] constexpr bool is_blank(char octet) { return octet == ' ' || octet == '\t'; }

[[nodiscard]] constexpr char to_lower(char octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet | 0x20) : octet;
}
// The value of one hex digit, 0-15. Only for octets that are hex digits.
[[nodiscard]] constexpr unsigned hex_value(char digit) {
  if (is_digit(digit)) return static_cast<unsigned>(digit - '0');
  return static_cast<unsigned>(to_lower(digit) - 'a') + 10;
}

// `lower` is written in lower case; `text` may be in any.
[[nodiscard]] constexpr bool equals_lower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (to_lower(text[at]) != lower[at]) return false;
  }
  return true;
}
[[nodiscard]] constexpr bool equals_in_any_case(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (std::size_t at = 0; at < left.size(); ++at) {
    if (to_lower(left[at]) != to_lower(right[at])) return false;
  }
  return true;
}

// One or more tchar.
[[nodiscard]] constexpr bool is_token(std::string_view text) {
  for (const char octet : text) {
    if (!is_token_octet(octet)) return false;
  }
  return !text.empty();
}

[[nodiscard]] constexpr std::string_view without_outer_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace kai::splitter
