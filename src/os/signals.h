// Signals as ordinary callbacks of the loop.
#pragma once

#include <functional>
#include <vector>

#include "base/descriptor_watch.h"
#include "os/descriptor.h"

namespace kai::os {

// From now on a write to a closed pipe or socket is an error of that write and not the end of the
// process.
void ignore_broken_pipes();

// While it lives, the given signals (SIGINT, SIGTERM, SIGWINCH, ...) do not act on the process:
// `on_signal` gets their number, on the loop. Made before any thread starts, since only threads
// that come later inherit the blocked mask. Several equal signals may arrive as one.
class Signals {
 public:
  Signals(DescriptorWatch& watch, const std::vector<int>& numbers,
          std::move_only_function<void(int)> on_signal);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

 private:
  void take();

  DescriptorWatch& watch_;
  std::vector<int> numbers_;
  std::move_only_function<void(int)> on_signal_;
  Descriptor descriptor_;
};

}  // namespace kai::os
