// The words that a saved judge is made of: 64 bits, little-endian, and their hash. For the .cc
// files that describe a state; a description takes any of these as its archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kai::core {

inline constexpr std::size_t word_bytes = 8;

struct WordHasher {  // FNV-1a over the words' bytes
  std::uint64_t hash = 0xcbf29ce484222325;
  void word(std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ ((word >> shift) & 0xffU)) * 0x100000001b3;
    }
  }
};

struct WordWriter {
  std::span<std::byte> out;  // with room for what is written
  std::size_t at = 0;
  void word(std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8)
      out[at++] = static_cast<std::byte>((word >> shift) & 0xffU);
  }
};

struct WordReader {
  std::span<const std::byte> in;  // with all that is read
  std::size_t at = 0;
  std::uint64_t next() {
    std::uint64_t word = 0;
    for (unsigned shift = 0; shift < 64; shift += 8)
      word |= std::to_integer<std::uint64_t>(in[at++]) << shift;
    return word;
  }
};

}  // namespace kai::core
