// URLs: the http and https ones we are given, and the escaping of those we write (RFC 3986).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace kai::codec {

inline constexpr std::size_t url_bytes_max = 8192;

struct Url {
  std::string scheme;      // "http" or "https"
  std::string host;        // lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  // given, or 80 and 443
  std::string target;      // path and query, starts with "/"

  // "host:port" as in a Host header; the default port is left out, IPv6 gets its brackets back.
  [[nodiscard]] std::string authority() const;
  friend bool operator==(const Url&, const Url&) = default;
};

// Strict, since a lax URL is how requests reach hosts nobody named. malformed: another scheme, user
// information, a fragment, an empty or odd host, port 0, a character that should be
// percent-encoded, more than `url_bytes_max`.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// Everything but A-Z a-z 0-9 - . _ ~ as %XX.
[[nodiscard]] std::string percent_encode(std::string_view text);

// "a=1&b=x%20y" for a query or a form body.
[[nodiscard]] std::string form_encode(
    const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace kai::codec
