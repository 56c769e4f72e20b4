// SipHash-1-3: a keyed hash that nobody can steer without the key (Aumasson, Bernstein 2012; one
// compression and three finalisation rounds, as in Rust's and Python's hash tables).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kai::core {

// 128 bits, read from 16 bytes as two little-endian words.
struct SipKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;

  [[nodiscard]] static SipKey from_bytes(std::span<const std::uint8_t, 16> bytes);
  friend bool operator==(const SipKey&, const SipKey&) = default;
};

[[nodiscard]] std::uint64_t sip_hash_1_3(const SipKey& key, std::string_view bytes);

}  // namespace kai::core
