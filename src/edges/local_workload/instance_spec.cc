#include "edges/local_workload/instance_spec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kai::edges {

std::string fill_in(std::string_view text, const Placeholders& values) {
  const std::array<std::pair<std::string_view, std::string>, 3> known{
      {{"{tag}", values.tag},
       {"{port}", std::to_string(values.port)},
       {"{instance}", std::to_string(values.number)}}};
  std::string filled;
  while (!text.empty()) {
    const auto* const found =
        std::ranges::find_if(known, [&](const auto& each) { return text.starts_with(each.first); });
    if (found != known.end()) {
      filled += found->second;
      text.remove_prefix(found->first.size());
      continue;
    }
    filled += text.front();
    text.remove_prefix(1);
  }
  return filled;
}

os::LastingSpec spec_of(const core::LocalService& service, const std::string& directory,
                        const Placeholders& values,
                        const std::map<std::string, std::string>& plain) {
  os::LastingSpec spec{.argv = {}, .environment = plain, .directory = directory, .output_file = ""};
  for (const std::string& word : service.run) spec.argv.push_back(fill_in(word, values));
  for (const auto& [name, value] : service.environment)
    spec.environment[name] = fill_in(value, values);
  return spec;
}

std::uint32_t canary_instances_for(core::Weight weight, std::uint32_t stable, std::uint32_t fixed) {
  if (fixed > 0) return fixed;
  const std::uint64_t product =
      std::uint64_t{stable} * static_cast<std::uint64_t>(weight.hundredths());
  const std::uint64_t instances =
      (product + core::Weight::hundredths_max - 1) / core::Weight::hundredths_max;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, instances));
}

core::Weight weight_for_instances(std::uint32_t ready, std::uint32_t wanted, std::uint32_t stable) {
  if (ready == 0) return core::Weight::zero();
  if (ready >= wanted || stable == 0) return core::Weight::full();
  const std::uint64_t share = std::uint64_t{ready} * core::Weight::hundredths_max / stable;
  return core::Weight::from_hundredths(
      static_cast<std::int64_t>(std::min<std::uint64_t>(share, core::Weight::hundredths_max)));
}

}  // namespace kai::edges
