#include "engine/plans.h"

#include <algorithm>
#include <set>

#include "core/judge/pace.h"

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

namespace {

Tree points_tree(const std::vector<core::DispersionPoint>& points) {
  Tree list = Tree::list();
  for (const core::DispersionPoint& point : points) {
    Tree& item = list.push_back(Tree::list());
    item.push_back(point.intervals);
    item.push_back(point.dispersion);
  }
  return list;
}

Tree calibration_tree(const ports::Calibration& calibration) {
  Tree edges = Tree::list();
  for (const ports::Calibration::Edge& edge : calibration.edges) {
    edges.push_back(Tree(Tree::Map{{"edge", static_cast<std::int64_t>(edge.edge)},
                                   {"dispersion", points_tree(edge.points)}}));
  }
  return Tree(Tree::Map{{"errors", points_tree(calibration.errors)},
                        {"edges", std::move(edges)},
                        {"requestsPerSecond", calibration.requests_per_second},
                        {"errorShare", calibration.error_share},
                        {"pods", std::int64_t{calibration.pods}},
                        {"historySeconds", calibration.history / std::chrono::seconds(1)}});
}

// A point that cannot be one makes the judge refuse the configuration. No list is no point, and the
// judge then assumes its own scatter.
std::vector<core::DispersionPoint> points_in(const Tree::List* list) {
  std::vector<core::DispersionPoint> points;
  if (list == nullptr) return points;
  for (const Tree& item : *list) {
    const Tree::List* const pair = item.as_list();
    const bool whole = pair != nullptr && pair->size() == 2;
    points.push_back({.intervals = whole ? (*pair)[0].as_number().value_or(0) : 0,
                      .dispersion = whole ? (*pair)[1].as_number().value_or(0) : 0});
  }
  return points;
}

ports::Calibration calibration_in(const Tree& tree) {
  ports::Calibration calibration{.errors = points_in(tree.list_at("/errors"))};
  const auto number = [&](std::string_view key) {
    const Tree* const node = tree.get(key);
    return node == nullptr ? 0.0 : node->as_number().value_or(0);
  };
  calibration.requests_per_second = number("requestsPerSecond");
  calibration.error_share = number("errorShare");
  calibration.pods = static_cast<std::uint32_t>(tree.int_at("/pods").value_or(0));
  calibration.history = std::chrono::seconds(tree.int_at("/historySeconds").value_or(0));
  const Tree::List* const edges = tree.list_at("/edges");
  if (edges == nullptr) return calibration;
  for (const Tree& edge : *edges) {
    const std::int64_t index = edge.int_at("/edge").value_or(-1);
    if (index < 0) continue;
    calibration.edges.push_back({.edge = static_cast<std::size_t>(index),
                                 .points = points_in(edge.list_at("/dispersion"))});
  }
  return calibration;
}

}  // namespace

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
  if (!plan.calibration.empty()) {
    Tree& list = packed.set("calibration", Tree::list());
    for (const ports::Calibration& service : plan.calibration)
      list.push_back(calibration_tree(service));
  }
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

std::vector<ports::Calibration> calibration(const Tree& packed_metrics) {
  std::vector<ports::Calibration> all;
  const Tree::List* const list = packed_metrics.list_at("/calibration");
  if (list == nullptr) return all;
  for (const Tree& service : *list) all.push_back(calibration_in(service));
  return all;
}

namespace {

core::SequentialOptions sequential_options(const core::Plan& plan, Duration scrape_interval) {
  const core::Limits& limits = plan.limits;
  const Duration interval = core::judge_interval(plan, scrape_interval);
  Duration planned{0};
  for (const core::Step& step : plan.steps) planned += step.bake_time;
  const auto intervals = (planned + interval - Duration(1)) / interval;
  return {.alpha = limits.false_alarm_percent / 100,
          .persist = core::judge_persist(plan, interval),
          .planned_intervals = static_cast<std::uint64_t>(std::max<std::int64_t>(1, intervals)),
          .planned_steps = static_cast<std::uint32_t>(plan.steps.size() - 1),
          .interval = interval,
          .tolerance = {.rho = limits.tolerance_factor, .delta = limits.tolerance_points / 100}};
}

void calibrate(core::ServiceConfig& service, const ports::Calibration& known) {
  service.dispersion = known.errors;
  for (const ports::Calibration::Edge& edge : known.edges) {
    if (edge.edge >= service.edges.size()) continue;
    service.judged_edges.push_back(edge.edge);
    service.edge_dispersion.push_back({.edge = edge.edge, .points = edge.points});
  }
}

}  // namespace

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
  if (plan.limits.judge == core::JudgeRule::threshold) return config;
  config.rule = core::Rule::sequential;
  config.sequential = sequential_options(plan, scrape_interval(packed_metrics));
  const auto known = calibration(packed_metrics);
  for (std::size_t i = 0; i < std::min(config.services.size(), known.size()); ++i)
    calibrate(config.services[i], known[i]);
  return config;
}

Collecting collecting(const core::Plan& plan, const Tree& packed_metrics) {
  if (plan.limits.judge == core::JudgeRule::threshold) return {};
  Collecting how{.frame = core::judge_interval(plan, scrape_interval(packed_metrics)),
                 .warm_up = plan.limits.warm_up};
  for (const ports::Calibration& service : calibration(packed_metrics))
    how.requests_per_second.push_back(service.requests_per_second);
  return how;
}

}  // namespace kai::engine
