#include "splitter/http1/target.h"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "base/check.h"
#include "splitter/http1/octets.h"
#include "splitter/http1/refusal.h"

namespace kai::splitter {
namespace {

// The octet that "%XX" at the beginning of `text` stands for, or -1.
int decoded_octet(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  if (!is_hex_digit(text[1]) || !is_hex_digit(text[2])) return -1;
  return static_cast<int>(hex_value(text[1]) * 16 + hex_value(text[2]));
}

bool has_bad_escape(std::string_view path) {
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    if (decoded_octet(path.substr(at)) < 0) return true;
  }
  return false;
}

std::expected<Target, Refusal> split(std::string_view path_and_query) {
  Target target;
  const std::size_t question = path_and_query.find('?');
  target.path = path_and_query.substr(0, question);
  if (question != std::string_view::npos) target.query = path_and_query.substr(question);
  if (target.path.empty()) target.path = "/";
  if (target.path.front() != '/' || has_bad_escape(target.path)) {
    return std::unexpected(Refusal::bad_target);
  }
  target.has_dot_segments = has_dot_segments(target.path);
  return target;
}

std::size_t scheme_bytes(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_lower(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

std::expected<Target, Refusal> parse_absolute(std::string_view method, std::string_view target) {
  const std::size_t scheme = scheme_bytes(target);
  if (scheme == 0) return std::unexpected(Refusal::bad_target);
  const std::string_view rest = target.substr(scheme);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  if (end == 0) return std::unexpected(Refusal::bad_target);
  auto result = split(rest.substr(end));
  // RFC 9112 §3.2.4: OPTIONS of a whole server, asked through a proxy.
  if (result && method == "OPTIONS" && end == rest.size()) result->path = "*";
  if (result) result->authority = rest.substr(0, end);
  return result;
}

// An octet of a path as a backend might see it, and the length of its spelling.
struct PathOctet {
  char octet;
  std::size_t bytes;
};
PathOctet path_octet(std::string_view rest) {
  const int decoded = decoded_octet(rest);
  if (decoded < 0) return {.octet = rest.front(), .bytes = 1};
  return {.octet = static_cast<char>(decoded), .bytes = 3};
}

}  // namespace

std::expected<Target, Refusal> parse_target(std::string_view method, std::string_view target) {
  if (target.starts_with('/')) return split(target);
  if (target == "*" && method == "OPTIONS") return Target{.path = target};
  return parse_absolute(method, target);
}

bool has_dot_segments(std::string_view path) {
  // A segment cannot be dots where there is neither "/." nor an escape.
  if (!path.contains('%') && !path.contains("/.")) return false;
  std::size_t dots = 0;
  bool only_dots = true;
  bool parameters = false;
  while (!path.empty()) {
    const PathOctet next = path_octet(path);
    path.remove_prefix(next.bytes);
    if (next.octet == '/' || next.octet == '\\') {
      if (only_dots && (dots == 1 || dots == 2)) return true;
      dots = 0;
      only_dots = true;
      parameters = false;
    } else if (next.octet == '.' && !parameters) {
      dots += 1;
    } else if (next.octet == ';') {
      parameters = true;
    } else if (!parameters) {
      only_dots = false;
    }
  }
  return only_dots && (dots == 1 || dots == 2);
}

std::string_view path_for_matching(std::string_view path, std::span<char> buffer) {
  if (!path.contains('%')) return path;
  KAI_CHECK(buffer.size() >= path.size());
  std::size_t size = 0;
  while (!path.empty()) {
    const PathOctet next = path_octet(path);
    const bool border = next.bytes == 3 && next.octet == '/';
    const std::string_view text = border ? path.substr(0, 3) : std::string_view(&next.octet, 1);
    for (const char octet : text) buffer[size++] = octet;
    path.remove_prefix(next.bytes);
  }
  return {buffer.data(), size};
}

QueryLookup find_query_parameter(std::string_view query, std::string_view name) {
  QueryLookup found;
  if (!query.empty()) query.remove_prefix(1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    if (found.count == 0) found.value = pair.substr(std::min(equals + 1, pair.size()));
    found.count += 1;
  }
  return found;
}

}  // namespace kai::splitter
