#include "engine/plans.h"

#include <algorithm>
#include <set>

namespace kai::engine {
namespace {

constexpr Duration scrape_interval_min = std::chrono::seconds(1);

std::vector<std::string> texts_at(const Tree& packed, std::string_view pointer) {
  std::vector<std::string> texts;
  const Tree::List* const list = packed.list_at(pointer);
  if (list == nullptr) return texts;
  for (const Tree& item : *list) {
    if (item.as_text() != nullptr) texts.push_back(*item.as_text());
  }
  return texts;
}

}  // namespace

Tree pack(const ports::WorkloadPlan& plan) {
  Tree services = Tree::list();
  std::set<std::string> workloads;
  for (const ports::ServicePlan& service : plan.services) {
    services.push_back(service.name);
    if (!service.workload.empty()) workloads.insert(service.workload);
  }
  Tree names = Tree::list();
  for (const std::string& name : workloads) names.push_back(name);
  Tree packed;
  packed.set("services", std::move(services));
  packed.set("workloads", std::move(names));
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
  return texts_at(packed_workload, "/services");
}

std::vector<std::string> workload_names(const Tree& packed_workload) {
  return texts_at(packed_workload, "/workloads");
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
