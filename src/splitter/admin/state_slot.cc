#include "splitter/admin/state_slot.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tree.h"
#include "codec/crc32c.h"
#include "codec/json.h"
#include "splitter/protocol/findings.h"
#include "splitter/protocol/map_reader.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {
namespace {

// magic, schema, sequence, generation, epoch, length of the JSON, then the CRC of all but itself;
// numbers in little-endian order.
constexpr std::string_view magic = "KAISPLIT";
constexpr std::uint64_t schema = 1;
constexpr std::size_t checksum_at = magic.size() + std::size_t{5} * 8;
constexpr std::size_t header_bytes = checksum_at + 4;
constexpr std::uint64_t sequence_max = std::uint64_t{1} << 62;  // so that the next one fits
constexpr codec::JsonLimits json_limits{.depth_max = 32, .bytes_max = slot_bytes_max};

void append_number(std::string& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t at = 0; at < size; ++at) bytes += static_cast<char>(value >> (8 * at) & 0xFFU);
}

std::uint64_t number_at(std::string_view bytes, std::size_t begin, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t at = 0; at < size; ++at) {
    value |= std::uint64_t{static_cast<std::uint8_t>(bytes[begin + at])} << (8 * at);
  }
  return value;
}

std::uint32_t checksum_of(std::string_view header, std::string_view json) {
  return codec::crc32c(std::string(header.substr(0, checksum_at)) + std::string(json));
}

std::unexpected<Error> damaged(std::string message) {
  return fail(ErrorKind::malformed, "damaged state: " + std::move(message));
}

Result<SnapshotSpec> read_json(std::string_view json) {
  const Result<Tree> tree = codec::parse_json(json, json_limits);
  if (!tree) return std::unexpected(in_context("damaged state", tree.error()));
  Findings findings;
  SnapshotSpec spec =
      read_snapshot_spec({.tree = *tree, .pointer = ""}, SnapshotForm::stored, findings);
  if (findings.empty()) return spec;
  const Finding& first = findings.list().front();
  return damaged(first.pointer + ": " + first.message);
}

}  // namespace

std::string write_slot(const StateSlot& slot) {
  const std::string json = codec::write_json(write_snapshot_spec(slot.spec, Salts::written));
  std::string bytes(magic);
  append_number(bytes, schema, 8);
  append_number(bytes, slot.sequence, 8);
  append_number(bytes, slot.spec.generation, 8);
  append_number(bytes, slot.spec.writer_epoch, 8);
  append_number(bytes, json.size(), 8);
  append_number(bytes, checksum_of(bytes, json), 4);
  return bytes + json;
}

Result<StateSlot> read_slot(std::string_view bytes) {
  if (bytes.size() < header_bytes) return damaged("shorter than its header");
  if (!bytes.starts_with(magic)) return damaged("not a state file of kai-splitter");
  const std::string_view json = bytes.substr(header_bytes);
  if (number_at(bytes, checksum_at, 4) != checksum_of(bytes, json)) {
    return damaged("its checksum does not fit");
  }
  const std::size_t first = magic.size();
  if (number_at(bytes, first, 8) != schema) return damaged("written in another version's form");
  const std::uint64_t sequence = number_at(bytes, first + 8, 8);
  if (sequence > sequence_max) return damaged("its sequence is beyond all that can be");
  if (number_at(bytes, first + 32, 8) != json.size()) return damaged("its length does not fit");
  Result<SnapshotSpec> spec = read_json(json);
  if (!spec) return std::unexpected(spec.error());
  const bool fits = number_at(bytes, first + 16, 8) == spec->generation &&
                    number_at(bytes, first + 24, 8) == spec->writer_epoch;
  if (!fits) return damaged("its header tells of another configuration");
  return StateSlot{.sequence = sequence, .spec = std::move(*spec)};
}

}  // namespace kai::splitter
