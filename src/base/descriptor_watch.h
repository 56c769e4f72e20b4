// Readiness of file descriptors as a seam, so that os/ (children, signals) can live on the loop of
// net/.
#pragma once

#include "base/reply.h"

namespace kai {

class DescriptorWatch {
 public:
  virtual ~DescriptorWatch() = default;
  // `task` runs each time that `descriptor` can be read (or is at its end), again and again while
  // that holds, until it is unwatched. The descriptor does not block and stays the caller's. At
  // most one watch of each kind per descriptor.
  virtual void watch_readable(int descriptor, Task task) = 0;
  virtual void watch_writable(int descriptor, Task task) = 0;
  // Both watches end, also from within their own task; no task runs after this. Before the
  // descriptor is closed, always. Unknown ones are ignored.
  virtual void unwatch(int descriptor) = 0;
};

}  // namespace kai
