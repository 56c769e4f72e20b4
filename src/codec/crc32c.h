// CRC-32C (Castagnoli; RFC 3720 appendix B.4): tells whether bytes are still those that were
// written. Not against attackers.
#pragma once

#include <cstdint>
#include <string_view>

namespace kai::codec {

[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace kai::codec
