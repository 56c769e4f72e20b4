#include "edges/kube_workload/sizing.h"

#include <algorithm>

namespace kai::edges {

std::uint32_t canary_pods_for(core::Weight weight, std::uint32_t stable_ready,
                              std::uint32_t fixed) {
  if (fixed > 0) return fixed;
  const std::uint64_t product =
      std::uint64_t{stable_ready} * static_cast<std::uint64_t>(weight.hundredths());
  const std::uint64_t pods =
      (product + core::Weight::hundredths_max - 1) / core::Weight::hundredths_max;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, pods));
}

core::Weight weight_for_pods(std::uint32_t ready, std::uint32_t wanted,
                             std::uint32_t stable_ready) {
  if (ready == 0) return core::Weight::zero();
  if (ready >= wanted || stable_ready == 0) return core::Weight::full();
  const std::uint64_t share = std::uint64_t{ready} * core::Weight::hundredths_max / stable_ready;
  return core::Weight::from_hundredths(
      static_cast<std::int64_t>(std::min<std::uint64_t>(share, core::Weight::hundredths_max)));
}

}  // namespace kai::edges
