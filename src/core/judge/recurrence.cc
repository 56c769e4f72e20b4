#include "core/judge/recurrence.h"
#include <cstdint>

namespace kai::core {

bool Recurrence::at(std::uint32_t index) const {
  return ((striking[index / 64] >> (index % 64)) & 1U) != 0;
}

void Recurrence::observe(bool strikes, std::uint32_t window) {
  const std::uint32_t previous = next == 0 ? window - 1 : next - 1;
  if (kept == window) {
    const std::uint32_t second = next + 1 == window ? 0 : next + 1;
    if (at(next) && !at(second)) --runs;  // a run whose last frame leaves the window
  } else {
    ++kept;
  }
  if (strikes && !at(previous)) ++runs;
  const std::uint64_t bit = std::uint64_t{1} << (next % 64);
  std::uint64_t& word = striking[next / 64];
  word = strikes ? word | bit : word & ~bit;
  next = next + 1 == window ? 0 : next + 1;
}

}  // namespace kai::core
