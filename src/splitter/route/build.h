// From the configuration to a Snapshot: everything is checked and compiled before anybody sees it.
#pragma once

#include <memory>
#include <string>

#include "splitter/protocol/findings.h"
#include "splitter/protocol/spec.h"
#include "splitter/route/numbers.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// Null if anything is wrong; then `findings` has all of it, with pointers below `pointer` (where
// the spec stands in its document). Generation and epoch are those of the spec.
[[nodiscard]] std::shared_ptr<const Snapshot> build_snapshot(const SnapshotSpec& spec,
                                                             const std::string& pointer,
                                                             Numbers& numbers, Findings& findings);

}  // namespace kai::splitter
