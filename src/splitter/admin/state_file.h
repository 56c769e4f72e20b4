// Keeps the configuration in force across restarts: two slots, of which the newest valid one
// counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "os/disk.h"
#include "splitter/protocol/spec.h"

namespace kai::splitter {

class StateFile {
 public:
  // The slots are the files `state-0` and `state-1` in `directory`.
  StateFile(os::Disk& disk, std::string directory);

  struct Loaded {
    std::optional<SnapshotSpec> spec;  // of the newest valid slot
    std::vector<std::string> damages;  // why the others do not count; empty on a first start
  };
  // An error: a slot is there and cannot be read, so that nobody knows which one is the newest.
  [[nodiscard]] Result<Loaded> load();

  // After load(). Writes the slot that is not the newest, so that the newest outlives whatever
  // happens on the way. An error: the disk has the old or the new one, and the next save writes the
  // same slot.
  [[nodiscard]] Result<Unit> save(const SnapshotSpec& spec);

 private:
  [[nodiscard]] std::string path_of(std::size_t slot) const;

  os::Disk& disk_;
  std::string directory_;
  std::optional<std::size_t> next_slot_;  // nothing before load()
  std::uint64_t sequence_ = 0;            // the highest that was seen or tried
};

}  // namespace kai::splitter
