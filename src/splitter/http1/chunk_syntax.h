// The line before a chunk (RFC 9112 §7.1): its size and its extensions, which are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "splitter/http1/progress.h"

namespace kai::splitter {

inline constexpr std::size_t chunk_size_digits_max = 16;
inline constexpr std::size_t chunk_extension_bytes_max = 1024;  // in a whole body
inline constexpr std::uint64_t chunk_bytes_max = (std::uint64_t{1} << 63) - 1;

struct ChunkLineStep {
  Progress progress = Progress::need_more;
  std::uint64_t size = 0;           // when complete; 0 is the last chunk
  std::size_t line_bytes = 0;       // with CRLF
  std::size_t extension_bytes = 0;  // between the size and CRLF
  bool is_canonical = false;        // no leading zero and no extension: we would write the same
};

// Reads the line at the beginning of `input`. Refused (as bad_chunk) at the first octet that is
// wrong, or with more than `extension_bytes_left` bytes of extensions.
[[nodiscard]] ChunkLineStep parse_chunk_line(std::string_view input,
                                             std::size_t extension_bytes_left);

}  // namespace kai::splitter
