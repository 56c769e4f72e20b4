#include "core/traffic/split.h"

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"

namespace kai::core {

Threshold threshold_of(std::uint32_t ppm) {
  KAI_CHECK(ppm <= ppm_max);
  if (ppm == ppm_max) return {.bound = 0, .all = true};
  // ppm * 2^64 / 1,000,000 without a 128-bit type: 2^64 = whole * 1,000,000 + rest.
  constexpr std::uint64_t whole = 0xFFFFFFFFFFFFFFFFU / ppm_max;
  constexpr std::uint64_t rest = 0xFFFFFFFFFFFFFFFFU % ppm_max + 1;
  static_assert(rest < ppm_max);
  return {.bound = ppm * whole + ppm * rest / ppm_max, .all = false};
}

SplitTable::SplitTable(std::span<const std::uint32_t> shares_ppm) {
  std::uint64_t sum = 0;
  for (const std::uint32_t share : shares_ppm) {
    sum += share;
    KAI_CHECK(sum <= ppm_max);
    ends_.push_back(threshold_of(static_cast<std::uint32_t>(sum)));
  }
  KAI_CHECK(sum == ppm_max);
}

}  // namespace kai::core
