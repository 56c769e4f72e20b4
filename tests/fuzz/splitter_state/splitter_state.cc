// A state slot is what was written, whole, or an error; the JSON inside is hostile, too, when
// whoever wrote it knew how to make the checksum fit.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/crc32c.h"
#include "splitter/admin/state_slot.h"

namespace {

namespace splitter = kai::splitter;

void check_slot(std::string_view bytes) {
  const auto read = splitter::read_slot(bytes);
  if (!read) return;
  const auto again = splitter::read_slot(splitter::write_slot(*read));
  KAI_CHECK(again.has_value() && again->sequence == read->sequence);
  KAI_CHECK(splitter::write_slot(*again) == splitter::write_slot(*read));
}

// The same bytes with the length and the checksum that they should have.
std::string with_good_header(std::string_view bytes) {
  constexpr std::size_t length_at = 40;
  constexpr std::size_t checksum_at = 48;
  constexpr std::size_t header_bytes = 52;
  if (bytes.size() < header_bytes) return std::string(bytes);
  std::string slot(bytes);
  for (std::size_t at = 0; at < 8; ++at) {
    slot[length_at + at] = static_cast<char>((slot.size() - header_bytes) >> (8 * at) & 0xFFU);
  }
  const std::uint32_t checksum =
      kai::codec::crc32c(slot.substr(0, checksum_at) + slot.substr(header_bytes));
  for (std::size_t at = 0; at < 4; ++at) {
    slot[checksum_at + at] = static_cast<char>(checksum >> (8 * at) & 0xFFU);
  }
  return slot;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The one cast that libFuzzer's signature asks for.
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_slot(bytes);
  check_slot(with_good_header(bytes));
  return 0;
}
