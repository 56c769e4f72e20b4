#include "core/judge/judge_config_tree.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/name_table.h"
#include "core/judge/log_parts.h"

namespace kai::core {
namespace {

using log::list_of;
using log::named;
using log::number;
using log::number_in;
using log::optional_in;
using log::optional_tree;
using log::part;
using log::parts;
using log::small;
using log::whole;

constexpr auto rules =
    std::to_array<Name<Rule>>({{Rule::threshold, "threshold"}, {Rule::sequential, "sequential"}});

Tree point_tree(const DispersionPoint& point) {
  return Tree(
      Tree::Map{{"intervals", number(point.intervals)}, {"dispersion", number(point.dispersion)}});
}

DispersionPoint point_in(TreeReader& reader) {
  return {.intervals = number_in(reader, "intervals"),
          .dispersion = number_in(reader, "dispersion")};
}

Tree edge_tree(const ServiceConfig::EdgeDispersion& edge) {
  return Tree(Tree::Map{{"edge", whole(edge.edge)}, {"points", list_of(edge.points, point_tree)}});
}

ServiceConfig::EdgeDispersion edge_in(TreeReader& reader) {
  return {.edge = reader.count("edge"), .points = parts(reader, "points", point_in)};
}

Tree service_tree(const ServiceConfig& service) {
  return Tree(Tree::Map{{"name", service.name},
                        {"edges", list_of(service.edges, number)},
                        {"judgedEdges", list_of(service.judged_edges, whole)},
                        {"dispersion", list_of(service.dispersion, point_tree)},
                        {"edgeDispersion", list_of(service.edge_dispersion, edge_tree)}});
}

ServiceConfig service_in(TreeReader& reader) {
  ServiceConfig service{.name = reader.text("name"), .edges = {}};
  for (const Tree& edge : reader.list("edges")) {
    if (!edge.as_number()) reader.mistake("edges", "list of numbers");
    service.edges.push_back(edge.as_number().value_or(0));
  }
  for (const Tree& edge : reader.list("judgedEdges")) {
    const std::int64_t index = edge.as_int() != nullptr ? *edge.as_int() : -1;
    if (index < 0) reader.mistake("judgedEdges", "list of counts");
    service.judged_edges.push_back(static_cast<std::size_t>(std::max<std::int64_t>(index, 0)));
  }
  service.dispersion = parts(reader, "dispersion", point_in);
  service.edge_dispersion = parts(reader, "edgeDispersion", edge_in);
  return service;
}

Tree sequential_tree(const SequentialOptions& options) {
  return Tree(Tree::Map{{"alpha", number(options.alpha)},
                        {"beta", number(options.beta)},
                        {"persist", options.persist},
                        {"plannedIntervals", whole(options.planned_intervals)},
                        {"plannedSteps", whole(options.planned_steps)},
                        {"interval", options.interval.count()},
                        {"toleranceFactor", number(options.tolerance.rho)},
                        {"toleranceShare", number(options.tolerance.delta)},
                        {"dispersion", list_of(options.dispersion, point_tree)},
                        {"strictTolerance", options.strict_tolerance},
                        {"requireProof", options.require_proof},
                        {"bothUnhealthyRollback", options.both_unhealthy_rollback}});
}

SequentialOptions sequential_in(TreeReader& reader) {
  return {.alpha = number_in(reader, "alpha"),
          .beta = number_in(reader, "beta"),
          .persist = small<int>(reader, "persist"),
          .planned_intervals = reader.count("plannedIntervals"),
          .planned_steps = small<std::uint32_t>(reader, "plannedSteps"),
          .interval = reader.duration("interval"),
          .tolerance = {.rho = number_in(reader, "toleranceFactor"),
                        .delta = number_in(reader, "toleranceShare")},
          .dispersion = parts(reader, "dispersion", point_in),
          .strict_tolerance = reader.yes_no("strictTolerance"),
          .require_proof = reader.yes_no("requireProof"),
          .both_unhealthy_rollback = reader.yes_no("bothUnhealthyRollback")};
}

}  // namespace

Tree to_tree(const JudgeConfig& config) {
  return Tree(Tree::Map{{"rule", text_in(rules, config.rule)},
                        {"services", list_of(config.services, service_tree)},
                        {"successPercentMin", number(config.success_percent_min)},
                        {"latencyMaxSeconds", optional_tree(config.latency_max_seconds)},
                        {"latencyQuantile", number(config.latency_quantile)},
                        {"window", config.window.count()},
                        {"sequential", sequential_tree(config.sequential)}});
}

JudgeConfig judge_config_in(TreeReader& reader) {
  return {.rule = named(reader, "rule", value_in(rules, reader.text("rule"))),
          .services = parts(reader, "services", service_in),
          .success_percent_min = number_in(reader, "successPercentMin"),
          .latency_max_seconds = optional_in(reader, "latencyMaxSeconds"),
          .latency_quantile = number_in(reader, "latencyQuantile"),
          .window = reader.duration("window"),
          .sequential = part(reader, "sequential", reader.map("sequential"), sequential_in)};
}

}  // namespace kai::core
