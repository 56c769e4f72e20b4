#include "os/real_random.h"

#include <cstdint>
#include <utility>

#include <sys/random.h>

#include "base/check.h"

namespace kai::os {

std::uint64_t RealRandom::next() {
  std::uint64_t value = 0;
  // Up to 256 bytes come whole and uninterrupted once the pool is initialised: getrandom(2).
  KAI_CHECK(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

std::uint64_t BlockRandom::next() {
  if (used_ == values_.size()) {
    KAI_CHECK(::getrandom(values_.data(), sizeof values_, 0) ==
              static_cast<ssize_t>(sizeof values_));
    used_ = 0;
  }
  // What was given is forgotten here, so that no memory of ours tells it later.
  return std::exchange(values_[used_++], 0);
}

}  // namespace kai::os
