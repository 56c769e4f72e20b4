// What the engine itself needs of the edges' plans, kept in the record beside their opaque part.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "core/judge/judge.h"
#include "core/plan/plan.h"
#include "engine/evidence.h"
#include "ports/metric_source.h"
#include "ports/workload.h"

namespace kai::engine {

[[nodiscard]] Tree pack(const ports::WorkloadPlan& plan);
[[nodiscard]] Tree pack(const ports::MetricPlan& plan);

// The part that the edge planned. Null when nothing was planned yet.
[[nodiscard]] const Tree& edge_part(const Tree& packed);

[[nodiscard]] std::vector<std::string> service_names(const Tree& packed_workload);
// Stable's, each once; empty in a record of an older version.
[[nodiscard]] std::vector<std::string> workload_names(const Tree& packed_workload);
[[nodiscard]] std::vector<std::vector<double>> latency_edges(const Tree& packed_metrics);
[[nodiscard]] Duration scrape_interval(const Tree& packed_metrics);

[[nodiscard]] std::vector<ports::Calibration> calibration(const Tree& packed_metrics);

[[nodiscard]] Collecting collecting(const core::Plan& plan, const Tree& packed_metrics);

// What the judge is asked to hold the services to.
[[nodiscard]] core::JudgeConfig judge_config(const core::Plan& plan, const Tree& packed_workload,
                                             const Tree& packed_metrics);

}  // namespace kai::engine
