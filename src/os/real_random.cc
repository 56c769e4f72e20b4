#include "os/real_random.h"

#include <sys/random.h>

#include "base/check.h"

namespace kai::os {

std::uint64_t RealRandom::next() {
  std::uint64_t value = 0;
  // Up to 256 bytes come whole and uninterrupted once the pool is initialised: getrandom(2).
  KAI_CHECK(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

}  // namespace kai::os
