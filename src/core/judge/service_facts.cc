#include "core/judge/service_facts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace kai::core {
namespace {

std::optional<double> success_percent_of(const ArmCounts& counts) {
  if (counts.requests == 0) return std::nullopt;
  return 100.0 * static_cast<double>(counts.requests - counts.errors) /
         static_cast<double>(counts.requests);
}

}  // namespace

void add(ArmCounts& sum, const ArmCounts& counts) {
  sum.requests += counts.requests;
  sum.errors += counts.errors;
  sum.timed += counts.timed;
  sum.slower.resize(std::max(sum.slower.size(), counts.slower.size()));
  for (std::size_t i = 0; i < counts.slower.size(); ++i) sum.slower[i] += counts.slower[i];
}

void add(ServiceCounts& sum, const ServiceCounts& counts) {
  add(sum.canary, counts.canary);
  add(sum.baseline, counts.baseline);
}

std::optional<double> latency_at(double quantile, const std::vector<double>& edges,
                                 std::uint64_t timed, const std::vector<std::uint64_t>& slower) {
  if (timed == 0 || edges.empty() || slower.size() != edges.size()) return std::nullopt;
  const double rank = quantile * static_cast<double>(timed);
  double below = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const double cumulative = static_cast<double>(timed - slower[i]);
    if (cumulative >= rank) {
      const double lower_edge = i == 0 ? 0.0 : edges[i - 1];
      const double inside = cumulative - below;
      if (inside <= 0) return edges[i];
      return lower_edge + (edges[i] - lower_edge) * (rank - below) / inside;
    }
    below = cumulative;
  }
  return edges.back();
}

ServiceFacts facts_of(const ServiceCounts& sum, const ServiceConfig& service,
                      double latency_quantile) {
  const auto& [canary, baseline] = sum;
  return {
      .requests = canary.requests,
      .errors = canary.errors,
      .baseline_requests = baseline.requests,
      .baseline_errors = baseline.errors,
      .success_percent = success_percent_of(canary),
      .latency_seconds = latency_at(latency_quantile, service.edges, canary.timed, canary.slower),
      .baseline_latency_seconds =
          latency_at(latency_quantile, service.edges, baseline.timed, baseline.slower)};
}

}  // namespace kai::core
