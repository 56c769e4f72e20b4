// The one parser of URLs: what it accepts is what is asked, there is no second reading of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kai::net {

inline constexpr std::size_t url_bytes_max = 16384;

struct Url {
  bool tls = false;
  std::string host;  // lower case; an IPv6 address without brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query, starts with "/"

  // "host:port" as in the Host header, brackets around IPv6, the port always.
  [[nodiscard]] std::string authority() const;
  // `target` without its query: what may be shown.
  [[nodiscard]] std::string_view path() const;
};

// http or https, host, optional port, path, query. `rejected` for everything else: userinfo,
// fragment, spaces, control bytes and bytes beyond ASCII, a broken port, and IPv4 in any form but
// four plain decimal numbers (the octal, hexadecimal and short forms are how filters are fooled).
// The message does not hold the URL.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

// RFC 3986 §2.1: all but unreserved characters as %XX; for one component of a path or query.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace kai::net
