#include "core/plan/local_options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace kai::core {
namespace {

constexpr std::array<std::string_view, 25> foreign_options{"context",
                                                           "env",
                                                           "registry",
                                                           "namespace",
                                                           "release",
                                                           "chart",
                                                           "version",
                                                           "values",
                                                           "set",
                                                           "set-string",
                                                           "set-json",
                                                           "tag-key",
                                                           "registry-key",
                                                           "allow-nondeterministic",
                                                           "kubeconfig",
                                                           "allow-exec-plugin",
                                                           "release-namespace",
                                                           "helm-timeout",
                                                           "services",
                                                           "critical-services",
                                                           "router",
                                                           "prometheus",
                                                           "metrics-preset",
                                                           "insecure-skip-tls-verify",
                                                           "skip-check"};

}  // namespace

bool is_meaningless_locally(std::string_view option) {
  return std::ranges::find(foreign_options, option) != foreign_options.end();
}

ConfigSource canary_block_of(const ServiceFile& file) {
  const Tree* const block = file.tree.get("canary");
  return {.file = file.path,
          .block = block != nullptr && block->as_map() != nullptr ? *block : Tree::map(),
          .prefix = "canary.",
          .foreign = false};
}

void refuse_foreign_options(Reader& reader, const ServiceFile& file,
                            std::vector<std::string>& warnings) {
  std::vector<std::string> told;
  for (const auto& [name, _] : reader.sources().flags) {
    if (!is_meaningless_locally(name) || std::ranges::find(told, name) != told.end()) continue;
    told.push_back(name);
    reader.mistake("--" + name,
                   fmt::format("{} (the service file {})", meaningless_locally, file.path));
  }
  Sources block{.flags = {}, .environment = {}, .configs = {canary_block_of(file)}, .defaults = {}};
  std::vector<std::string_view> keys{"services.auto", "services", "metrics.prometheus.enabled"};
  for (const Option& option : all_options()) {
    if (!option.key.empty() && is_meaningless_locally(option.name)) keys.push_back(option.key);
  }
  for (const std::string_view key : keys) {
    const ConfigNode found = find_node(block, key);
    if (found.node != nullptr)
      warnings.push_back(fmt::format("{}: {} (ignored)", found.origin, meaningless_locally));
  }
}

Plan for_first_install(Plan plan) {
  if (!plan.local) return plan;
  plan.timing.canary_time = std::max(plan.timing.final_bake, 2 * plan.timing.interval);
  plan.metrics.allow_idle = true;
  return plan;
}

}  // namespace kai::core
