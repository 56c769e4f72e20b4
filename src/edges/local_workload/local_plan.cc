#include "edges/local_workload/local_plan.h"

#include <algorithm>
#include <utility>

#include "base/tree_reader.h"
#include "core/plan/local_tree.h"
#include "core/plan/names.h"

namespace kai::edges {
namespace {

constexpr std::uint64_t instances_max = 10'000;

}  // namespace

Tree to_tree(const LocalPlan& plan) {
  Tree judged = Tree::list();
  for (const JudgedService& service : plan.judged) {
    judged.push_back(Tree(Tree::Map{{"name", service.name},
                                    {"stableInstances", std::int64_t{service.stable_instances}}}));
  }
  return Tree(Tree::Map{{"release", core::local_tree(plan.release)},
                        {"tag", plan.tag},
                        {"stableTag", plan.stable_tag},
                        {"startRevision", plan.start_revision},
                        {"newestRevision", plan.newest_revision},
                        {"canaryInstances", std::int64_t{plan.canary_instances}},
                        {"judged", std::move(judged)}});
}

Result<LocalPlan> local_plan_from(const Tree& tree) {
  TreeReader reader(tree, "the plan of this machine");
  auto release = core::local_from(reader.map("release"));
  LocalPlan plan;
  plan.tag = reader.text("tag");
  plan.stable_tag = reader.text("stableTag");
  plan.start_revision = static_cast<std::int64_t>(reader.count("startRevision"));
  plan.newest_revision = static_cast<std::int64_t>(reader.count("newestRevision"));
  plan.canary_instances = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(reader.count("canaryInstances"), instances_max));
  for (const Tree& each : reader.list("judged")) {
    TreeReader service(each, "a judged service");
    plan.judged.push_back({.name = service.text("name"),
                           .stable_instances = static_cast<std::uint32_t>(std::min<std::uint64_t>(
                               service.count("stableInstances"), instances_max))});
    if (!service.is_good()) return std::unexpected(service.error());
  }
  if (reader.is_good() && !core::is_tag(plan.tag)) reader.mistake("tag", "a tag");
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (!release) return std::unexpected(release.error());
  plan.release = std::move(*release);
  return plan;
}

}  // namespace kai::edges
