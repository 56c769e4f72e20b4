// What a splitter starts with: its last configuration, or the one of the file.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "splitter/admin/publisher.h"
#include "splitter/admin/state_file.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"

namespace kai::splitter {

struct Boot {
  Configured configured;
  std::vector<std::string> warnings;  // a person should know
};

// The stored configuration if its generation is higher than that of the file, else the file's; the
// higher writer_epoch in any case. If a slot is damaged, which may be the newest, or what was
// stored cannot be used, nobody knows how far a canary had been lowered: then the same with
// everything on the stable backends and all others closed, under a generation above both, so that
// it is what the next start finds. `rejected`: not even that can be built.
[[nodiscard]] Result<Boot> choose_boot(const SnapshotSpec& file, const StateFile::Loaded& stored,
                                       Numbers& numbers);

// All weight on the stable backends, all others closed.
[[nodiscard]] SnapshotSpec on_stable_only(SnapshotSpec spec);

}  // namespace kai::splitter
