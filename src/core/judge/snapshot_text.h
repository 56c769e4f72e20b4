// A snapshot as text, so that it can stand in a record: words of eight bytes, six bits to a letter.
// What was never opened is zero, and most of a young snapshot is that, so runs of zeros are short.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kai::core {

// `bytes` are whole words: a multiple of eight. A zero word costs a letter or less, any other
// eleven.
[[nodiscard]] std::string snapshot_text(std::span<const std::byte> bytes);

[[nodiscard]] constexpr std::size_t snapshot_text_size_max(std::size_t bytes) {
  return bytes / 8 * 11;
}

// `malformed`: not written by `snapshot_text`, or more than `bytes_max` bytes.
[[nodiscard]] Result<std::vector<std::byte>> snapshot_bytes_in(std::string_view text,
                                                               std::size_t bytes_max);

}  // namespace kai::core
