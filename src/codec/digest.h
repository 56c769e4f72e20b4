// SHA-256 (FIPS 180-4) of bytes in memory, for digests that are compared and shown. Not for
// secrets: it is plain code, not hardened against side channels.
#pragma once

#include <string>
#include <string_view>

namespace kai::codec {

// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace kai::codec
