// Ids of requests: 128 random bits as hex digits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/random.h"

namespace kai::splitter {

inline constexpr std::size_t minted_id_bytes = 32;

inline void mint_request_id(Random& random, std::span<char, minted_id_bytes> output) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = random.next();
    for (std::size_t at = 0; at < minted_id_bytes / 2; ++at, bits >>= 4) {
      output[half * minted_id_bytes / 2 + at] = digits[bits & 0xF];
    }
  }
}

}  // namespace kai::splitter
