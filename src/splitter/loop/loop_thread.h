// The thread of a worker: the one place of the splitter where threads start.
#pragma once

#include <memory>

#include "base/reply.h"

namespace kai::splitter {

class LoopThread {
 public:
  // Runs `body` on a thread of its own, on which all signals are blocked: they are the main
  // thread's. `body` must return before this goes.
  explicit LoopThread(Task body);
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  // Waits for the end of `body`.
  ~LoopThread();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// How many CPUs this process may use: its mask; at least 1.
[[nodiscard]] unsigned usable_cpus();

}  // namespace kai::splitter
