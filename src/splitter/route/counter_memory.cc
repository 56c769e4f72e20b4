#include "splitter/route/counter_memory.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/error.h"
#include "core/traffic/split.h"
#include "os/descriptor.h"

namespace kai::splitter {
namespace {

// Two programs read the same bytes.
static_assert(sizeof(core::WeylCounter) == 64 && alignof(core::WeylCounter) == 64);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

constexpr std::size_t bytes = std::size_t{CounterMemory::slots} * sizeof(core::WeylCounter);
// Nobody who has it can cut it under us.
constexpr unsigned seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::unexpected<Error> failure(ErrorKind kind, const std::string& what) {
  return fail(kind, "the memory of the counters: " + what);
}

Result<void*> map(const os::Descriptor& descriptor) {
  void* const memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number(), 0);
  if (memory != MAP_FAILED) return memory;
  return failure(ErrorKind::unavailable, os::error_text(errno));
}

}  // namespace

CounterMemory::CounterMemory(os::Descriptor descriptor, void* memory)
    : descriptor_(std::move(descriptor)), memory_(memory), taken_(slots, false) {}

CounterMemory::~CounterMemory() { ::munmap(memory_, bytes); }

Result<std::shared_ptr<CounterMemory>> CounterMemory::create() {
  os::Descriptor descriptor(::memfd_create("kai-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor.is_open() || ::ftruncate(descriptor.number(), bytes) != 0 ||
      ::fcntl(descriptor.number(), F_ADD_SEALS, seals) != 0) {
    return failure(ErrorKind::unavailable, os::error_text(errno));
  }
  const Result<void*> memory = map(descriptor);
  if (!memory) return std::unexpected(memory.error());
  return std::shared_ptr<CounterMemory>(  // NOLINT: private constructor
      new CounterMemory(std::move(descriptor), *memory));
}

Result<std::shared_ptr<CounterMemory>> CounterMemory::adopt(os::Descriptor descriptor) {
  struct stat about{};
  const int has = ::fcntl(descriptor.number(), F_GET_SEALS);
  if (has < 0 || (static_cast<unsigned>(has) & F_SEAL_SHRINK) == 0 ||
      ::fstat(descriptor.number(), &about) != 0 || std::cmp_not_equal(about.st_size, bytes)) {
    return failure(ErrorKind::rejected, "not as this version has it");
  }
  const Result<void*> memory = map(descriptor);
  if (!memory) return std::unexpected(memory.error());
  return std::shared_ptr<CounterMemory>(  // NOLINT: private constructor
      new CounterMemory(std::move(descriptor), *memory));
}

core::WeylCounter& CounterMemory::at(std::uint32_t slot) {
  KAI_CHECK(slot < slots);
  return *std::launder(static_cast<core::WeylCounter*>(memory_) + slot);
}

std::optional<std::uint32_t> CounterMemory::take() {
  for (std::uint32_t tried = 0; tried < slots; ++tried) {
    const std::uint32_t slot = next_;
    next_ = (next_ + 1) % slots;
    if (take(slot)) return slot;
  }
  return std::nullopt;
}

bool CounterMemory::take(std::uint32_t slot) {
  KAI_CHECK(slot < slots);
  if (taken_[slot]) return false;
  taken_[slot] = true;
  return true;
}

void CounterMemory::give(std::uint32_t slot) {
  KAI_CHECK(slot < slots && taken_[slot]);
  taken_[slot] = false;
}

}  // namespace kai::splitter
