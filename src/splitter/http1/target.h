// The request target (RFC 9112 §3.2): its forms, its path, and the path as rules match it.
#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>

#include "splitter/http1/refusal.h"

namespace kai::splitter {

struct Target {
  std::string_view path;       // begins with '/', or is "*"
  std::string_view query;      // empty, or begins with '?'
  std::string_view authority;  // of an absolute-form, else empty; not checked yet
  bool has_dot_segments = false;
};

// origin-form, absolute-form (http, https) or `*` with OPTIONS; everything else is bad_target. A
// '%' in the path must be followed by two hex digits. `target` is what the syntax let through.
[[nodiscard]] std::expected<Target, Refusal> parse_target(std::string_view method,
                                                          std::string_view target);

// Whether a segment of `path` is `.` or `..`. Encoded dots count as dots, an encoded '/' or '\' as
// a border, and parameters (`..;x`) do not hide it: backends differ in all three.
[[nodiscard]] bool has_dot_segments(std::string_view path);

// The path as prefixes and globs are matched with it: percent-decoded once, but an encoded '/'
// stays encoded since it borders no segment. Without '%' it is `path` itself; else it is written to
// `buffer`, which has room for path.size() bytes (throws Bug otherwise).
[[nodiscard]] std::string_view path_for_matching(std::string_view path, std::span<char> buffer);

// The value of `name` in a query that begins with '?' or is empty; octets as received. Count and
// first value as in find_field.
struct QueryLookup {
  std::size_t count = 0;
  std::string_view value;
};
[[nodiscard]] QueryLookup find_query_parameter(std::string_view query, std::string_view name);

}  // namespace kai::splitter
