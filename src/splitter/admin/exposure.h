// Whether a change can wait for nothing: it only takes from what is not stable.
#pragma once

#include "splitter/protocol/spec.h"

namespace kai::splitter {

// True if nothing differs but weights, states and stamps, no backend gets more than before but the
// stable one that a route had, and no backend is opened. An equal configuration is one, too: pushed
// again to be sure, it must go through whatever the disk does. Everything else counts as a raise.
[[nodiscard]] bool is_lowering(const SnapshotSpec& before, const SnapshotSpec& after);

}  // namespace kai::splitter
