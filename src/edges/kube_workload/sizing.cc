#include "edges/kube_workload/sizing.h"

#include <algorithm>
#include <charconv>

#include "edges/kube_workload/labels.h"

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

core::Weight covered_by(std::uint32_t pods, std::uint32_t stable_ready, std::uint32_t fixed) {
  if (fixed > 0 || pods >= stable_ready) return core::Weight::full();
  const std::uint64_t share = std::uint64_t{pods} * core::Weight::hundredths_max / stable_ready;
  return core::Weight::from_hundredths(static_cast<std::int64_t>(share));
}

core::Weight sized_for(const Tree& clone) {
  const Labels marks = labels_at(clone, "/metadata/annotations");
  const auto found = marks.find(std::string(mark_sized_for));
  if (found == marks.end()) return core::Weight::zero();
  std::int32_t hundredths = 0;
  const char* const end = found->second.data() + found->second.size();
  const auto parsed = std::from_chars(found->second.data(), end, hundredths);
  const bool usable = parsed.ec == std::errc{} && parsed.ptr == end && hundredths >= 0 &&
                      hundredths <= core::Weight::hundredths_max;
  return usable ? core::Weight::from_hundredths(hundredths) : core::Weight::zero();
}

}  // namespace kai::edges
