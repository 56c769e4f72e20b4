// One slot of the state file as bytes: a header that proves itself, then the configuration as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

inline constexpr std::size_t slot_bytes_max = std::size_t{64} << 20;

struct StateSlot {
  std::uint64_t sequence = 0;  // of the saves; the valid slot with the higher one is the newest
  SnapshotSpec spec;           // with its salts
};

[[nodiscard]] std::string write_slot(const StateSlot& slot);
// `malformed`: a single bit is not as it was written, the end is missing, something follows, the
// header and the JSON differ, or another version of the program wrote it.
[[nodiscard]] Result<StateSlot> read_slot(std::string_view bytes);

}  // namespace kai::splitter
