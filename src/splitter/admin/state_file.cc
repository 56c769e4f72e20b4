#include "splitter/admin/state_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/error.h"
#include "os/disk.h"
#include "splitter/admin/state_slot.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

namespace {
constexpr std::size_t slots = 2;
}  // namespace

StateFile::StateFile(os::Disk& disk, std::string directory)
    : disk_(disk), directory_(std::move(directory)) {}

std::string StateFile::path_of(std::size_t slot) const {
  return directory_ + "/state-" + std::to_string(slot);
}

Result<StateFile::Loaded> StateFile::load() {
  Loaded loaded;
  std::size_t newest = 1;  // so that a first save goes to slot 0
  sequence_ = 0;
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const Result<std::string> bytes = disk_.read(path_of(slot), slot_bytes_max);
    if (!bytes && bytes.error().kind == ErrorKind::no_data) continue;
    if (!bytes) return std::unexpected(bytes.error());
    Result<StateSlot> read = read_slot(*bytes);
    if (!read) {
      loaded.damages.push_back(path_of(slot) + ": " + read.error().message);
      continue;
    }
    if (loaded.spec && read->sequence < sequence_) continue;
    loaded.spec = std::move(read->spec);
    sequence_ = read->sequence;
    newest = slot;
  }
  // Beside a damaged slot alone, the damaged one is written first.
  next_slot_ = 1 - newest;
  return loaded;
}

Result<Unit> StateFile::save(const SnapshotSpec& spec) {
  KAI_CHECK(next_slot_.has_value());
  sequence_ += 1;
  const std::string bytes = write_slot({.sequence = sequence_, .spec = spec});
  if (bytes.size() > slot_bytes_max) {
    return fail(ErrorKind::rejected, "the configuration is too large to be kept");
  }
  if (Result<Unit> replaced = disk_.replace(path_of(*next_slot_), bytes); !replaced) {
    return in_context("keeping the state", std::move(replaced));
  }
  next_slot_ = 1 - *next_slot_;
  return Unit{};
}

}  // namespace kai::splitter
