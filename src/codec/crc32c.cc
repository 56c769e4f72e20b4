#include "codec/crc32c.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kai::codec {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t polynomial = 0x82F63B78;  // reflected
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    std::uint32_t rest = octet;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1U ^ ((rest & 1U) != 0 ? polynomial : 0U);
    table[octet] = rest;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> table = make_table();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t rest = 0xFFFFFFFF;
  for (const char octet : bytes) {
    rest = rest >> 8U ^ table[(rest ^ static_cast<std::uint8_t>(octet)) & 0xFFU];
  }
  return ~rest;
}

}  // namespace kai::codec
