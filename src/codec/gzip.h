// gzip (RFC 1952) in memory.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kai::codec {

// The content of `bytes`; several members one after the other are joined. malformed: not gzip, cut
// off, a wrong checksum, bytes after the end, or a content longer than `bytes_max` (a few kB of
// gzip can hold gigabytes).
[[nodiscard]] Result<std::string> inflate(std::string_view bytes, std::size_t bytes_max);

// One member without name and time: equal content gives equal bytes.
[[nodiscard]] std::string deflate(std::string_view content);

}  // namespace kai::codec
