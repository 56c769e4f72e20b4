#include "core/traffic/sip_hash.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kai::core {
namespace {

// Byte by byte, so that the result is the same on every machine; compilers make one load of it.
template <typename Byte>
std::uint64_t little_endian(std::span<const Byte> bytes) {
  std::uint64_t word = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    word |= std::uint64_t{static_cast<std::uint8_t>(bytes[at])} << (8 * at);
  }
  return word;
}

// The state of the paper, v0 to v3; the constants spell "somepseudorandomlygeneratedbytes".
class State {
 public:
  explicit State(const SipKey& key)
      : v0_(key.first ^ 0x736f6d6570736575U),
        v1_(key.second ^ 0x646f72616e646f6dU),
        v2_(key.first ^ 0x6c7967656e657261U),
        v3_(key.second ^ 0x7465646279746573U) {}

  void take(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }

  std::uint64_t finish() {
    v2_ ^= 0xff;
    round();
    round();
    round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
};

}  // namespace

SipKey SipKey::from_bytes(std::span<const std::uint8_t, 16> bytes) {
  return {.first = little_endian<std::uint8_t>(bytes.first<8>()),
          .second = little_endian<std::uint8_t>(bytes.last<8>())};
}

std::uint64_t sip_hash_1_3(const SipKey& key, std::string_view bytes) {
  State state(key);
  std::span<const char> rest(bytes);
  while (rest.size() >= 8) {
    state.take(little_endian<char>(rest.first(8)));
    rest = rest.subspan(8);
  }
  // The last word holds what is left and, in its highest byte, the length.
  state.take(little_endian<char>(rest) | std::uint64_t{bytes.size()} << 56U);
  return state.finish();
}

}  // namespace kai::core
