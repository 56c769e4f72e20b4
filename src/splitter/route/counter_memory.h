// Where the counters of routes lie: memory that a process can share with the one that takes over
// from it, so that both draw from one sequence while the older one ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "core/traffic/split.h"
#include "os/descriptor.h"

namespace kai::splitter {

class CounterMemory {
 public:
  // Twice what a configuration may have: a change needs the routes of before and after.
  static constexpr std::uint32_t slots = 32'768;

  // `unavailable`: the kernel gives none.
  [[nodiscard]] static Result<std::shared_ptr<CounterMemory>> create();
  // That of another process. `rejected` unless it has our size and nobody can make it smaller.
  [[nodiscard]] static Result<std::shared_ptr<CounterMemory>> adopt(os::Descriptor descriptor);
  CounterMemory(const CounterMemory&) = delete;
  CounterMemory& operator=(const CounterMemory&) = delete;
  ~CounterMemory();

  // `slot` is below `slots`.
  [[nodiscard]] core::WeylCounter& at(std::uint32_t slot);
  // One that nobody has; nothing when all are taken. By the process that is in charge alone.
  [[nodiscard]] std::optional<std::uint32_t> take();
  // It is in use already. False when it was taken before.
  [[nodiscard]] bool take(std::uint32_t slot);
  void give(std::uint32_t slot);

  [[nodiscard]] const os::Descriptor& descriptor() const { return descriptor_; }

 private:
  CounterMemory(os::Descriptor descriptor, void* memory);

  os::Descriptor descriptor_;
  void* memory_ = nullptr;
  std::vector<bool> taken_;
  std::uint32_t next_ = 0;
};

}  // namespace kai::splitter
