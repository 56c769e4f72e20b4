#include "engine/plans.h"

#include <algorithm>

namespace kai::engine {
namespace {

constexpr Duration scrape_interval_min = std::chrono::seconds(1);

}  // namespace

Tree pack(const ports::WorkloadPlan& plan) {
  Tree services = Tree::list();
  for (const ports::ServicePlan& service : plan.services) services.push_back(service.name);
  Tree packed;
  packed.set("services", std::move(services));
  packed.set("edge", plan.data);
  return packed;
}

Tree pack(const ports::MetricPlan& plan) {
  Tree all = Tree::list();
  for (const auto& edges : plan.edges) {
    Tree& list = all.push_back(Tree::list());
    for (const double edge : edges) list.push_back(edge);
  }
  Tree packed;
  packed.set("latencyEdges", std::move(all));
  packed.set("scrapeMilliseconds",
             std::int64_t{plan.scrape_interval / std::chrono::milliseconds(1)});
  packed.set("edge", plan.data);
  return packed;
}

const Tree& edge_part(const Tree& packed) {
  static const Tree nothing;
  const Tree* const part = packed.get("edge");
  return part == nullptr ? nothing : *part;
}

std::vector<std::string> service_names(const Tree& packed_workload) {
  std::vector<std::string> names;
  const Tree::List* const list = packed_workload.list_at("/services");
  if (list == nullptr) return names;
  for (const Tree& name : *list) {
    if (name.as_text() != nullptr) names.push_back(*name.as_text());
  }
  return names;
}

std::vector<std::vector<double>> latency_edges(const Tree& packed_metrics) {
  std::vector<std::vector<double>> all;
  const Tree::List* const lists = packed_metrics.list_at("/latencyEdges");
  if (lists == nullptr) return all;
  for (const Tree& list : *lists) {
    std::vector<double>& edges = all.emplace_back();
    if (list.as_list() == nullptr) continue;
    for (const Tree& edge : *list.as_list()) edges.push_back(edge.as_number().value_or(0));
  }
  return all;
}

Duration scrape_interval(const Tree& packed_metrics) {
  const std::int64_t milliseconds = packed_metrics.int_at("/scrapeMilliseconds").value_or(0);
  return std::max<Duration>(scrape_interval_min, std::chrono::milliseconds(milliseconds));
}

core::JudgeConfig judge_config(const core::Plan& plan, const Tree& packed_workload,
                               const Tree& packed_metrics) {
  core::JudgeConfig config{.services = {},
                           .success_percent_min = plan.limits.success_percent_min,
                           .latency_max_seconds = {},
                           .latency_quantile = plan.limits.latency_quantile};
  if (plan.limits.latency_max) config.latency_max_seconds = seconds_of(*plan.limits.latency_max);
  const auto edges = latency_edges(packed_metrics);
  const auto names = service_names(packed_workload);
  for (std::size_t i = 0; i < names.size(); ++i) {
    config.services.push_back(
        {.name = names[i], .edges = i < edges.size() ? edges[i] : std::vector<double>()});
  }
  return config;
}

}  // namespace kai::engine
