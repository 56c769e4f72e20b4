// Host and authority: a name, an IPv4 or an [IPv6] address, and perhaps a port.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kai::splitter {

struct Authority {
  std::string_view host;              // without port; IPv6 with its brackets; case as received
  std::optional<std::uint16_t> port;  // 1-65535
};

// Strict: labels of letters, digits, `-` and `_`, at most 63 bytes each, not beginning or ending
// with `-`, one dot at the end allowed; whose last label is a number must be an IPv4 address. At
// most host_bytes_max bytes of host. Nothing: user information, blanks, slashes, an empty host or
// port, a zone, percent-encoding.
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text);

}  // namespace kai::splitter
