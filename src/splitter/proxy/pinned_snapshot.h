// A snapshot that requests in flight were decided by. Counted per worker, so that no request
// touches a count that other threads touch, too.
#pragma once

#include <cstddef>
#include <memory>

#include "splitter/route/snapshot.h"

namespace kai::splitter {

struct PinnedSnapshot {
  std::shared_ptr<const Snapshot> snapshot;
  std::size_t uses = 0;
};

}  // namespace kai::splitter
