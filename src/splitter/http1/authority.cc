#include "splitter/http1/authority.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "splitter/http1/message.h"
#include "splitter/http1/octets.h"

namespace kai::splitter {
namespace {

// Digits only, at most five, 1-65535.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return {};
  unsigned port = 0;
  for (const char digit : text) port = port * 10 + static_cast<unsigned>(digit - '0');
  if (port == 0 || port > 65535) return {};
  return static_cast<std::uint16_t>(port);
}

// 0-255 without leading zeros.
bool is_ipv4_part(std::string_view part) {
  if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) return false;
  if (part.size() > 1 && part.front() == '0') return false;
  return part.size() < 3 || part <= "255";
}

bool is_ipv4(std::string_view text) {
  for (int dots = 0; dots < 3; ++dots) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !is_ipv4_part(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_ipv4_part(text);
}

// Groups of four hex digits in `text`, separated by single colons; an IPv4 address at the end
// counts as two when `ends`. Nothing if the text is anything else; the empty text has 0.
std::optional<int> count_groups(std::string_view text, bool ends) {
  int groups = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && ends && group.contains('.')) {
      return is_ipv4(group) ? std::optional(groups + 2) : std::nullopt;
    }
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex_digit)) return {};
    groups += 1;
    if (last) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return {};  // a colon at the end
  }
  return groups;
}

// RFC 3986 §3.2.2, without zones.
bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const auto before = count_groups(text.substr(0, gap), false);
  const auto after = count_groups(text.substr(gap + 2), true);
  return before && after && *before + *after <= 7;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char octet) {
    const char lower = to_lower(octet);
    return (lower >= 'a' && lower <= 'z') || is_digit(octet) || octet == '-' || octet == '_';
  });
}

// A name whose last label is a number would be taken for an address by somebody.
bool is_name_or_ipv4(std::string_view host) {
  if (is_ipv4(host)) return true;
  if (host.ends_with('.')) host.remove_suffix(1);
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !std::ranges::all_of(label, is_digit);
    host.remove_prefix(dot + 1);
  }
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string_view::npos) return {};
  const std::string_view host = text.substr(0, bracketed ? host_end + 1 : host_end);
  if (host.size() > host_bytes_max) return {};
  const bool valid = bracketed ? is_ipv6(host.substr(1, host.size() - 2)) : is_name_or_ipv4(host);
  if (!valid) return {};
  const std::string_view rest = text.substr(host.size());
  if (rest.empty()) return Authority{.host = host, .port = {}};
  if (rest.front() != ':') return {};
  const auto port = parse_port(rest.substr(1));
  if (!port) return {};
  return Authority{.host = host, .port = port};
}

}  // namespace kai::splitter
