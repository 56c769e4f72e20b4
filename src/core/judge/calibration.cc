#include "core/judge/calibration.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "core/judge/latency_edges.h"

namespace kai::core {
namespace {

std::uint64_t slower_in(const ArmCounts& counts, std::size_t edge) {
  return edge < counts.slower.size() ? counts.slower[edge] : 0;
}

// The columns of pods that had counts while another one had some: only they can be compared. A pod
// without history would look like one that does not differ.
std::vector<std::size_t> compared(const ReplicaHistory& history) {
  std::set<std::size_t> columns;
  for (const auto& row : history.requests) {
    std::vector<std::size_t> there;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] > 0) there.push_back(i);
    }
    if (there.size() > 1) columns.insert(there.begin(), there.end());
  }
  return {columns.begin(), columns.end()};
}

void keep_columns(std::vector<std::vector<std::uint64_t>>& rows,
                  const std::vector<std::size_t>& columns) {
  for (auto& row : rows) {
    std::vector<std::uint64_t> kept;
    for (const std::size_t column : columns) kept.push_back(row[column]);
    row = std::move(kept);
  }
}

template <class All, class Bad>
ReplicaHistory replicas(const PodRows& rows, All all, Bad bad) {
  ReplicaHistory history;
  for (const auto& row : rows) {
    auto& requests = history.requests.emplace_back();
    auto& errors = history.errors.emplace_back();
    for (const ArmCounts& counts : row) {
      requests.push_back(all(counts));
      errors.push_back(bad(counts));
    }
  }
  const std::vector<std::size_t> columns = compared(history);
  keep_columns(history.requests, columns);
  keep_columns(history.errors, columns);
  return history;
}

std::vector<DispersionPoint> learned(const ReplicaHistory& history) {
  return with_floor(learn_dispersion(history), history);
}

std::vector<std::size_t> edges_to_judge(const PodRows& rows, std::span<const double> edges,
                                        std::optional<double> latency_max_seconds) {
  std::uint64_t timed = 0;
  std::vector<std::uint64_t> slower(edges.size());
  for (const auto& row : rows) {
    for (const ArmCounts& counts : row) {
      timed += counts.timed;
      for (std::size_t i = 0; i < slower.size(); ++i) slower[i] += slower_in(counts, i);
    }
  }
  auto chosen = choose_edges({.edges = edges, .timed = timed, .slower = slower});
  const auto limit = latency_max_seconds ? edge_near(edges, *latency_max_seconds) : std::nullopt;
  if (limit && std::ranges::find(chosen, *limit) == chosen.end()) chosen.push_back(*limit);
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace

PodCalibration calibrate_pods(const PodRows& rows, std::span<const double> edges,
                              std::optional<double> latency_max_seconds) {
  const ReplicaHistory errors = replicas(
      rows, [](const ArmCounts& counts) { return counts.requests; },
      [](const ArmCounts& counts) { return counts.errors; });
  PodCalibration calibration{.errors = learned(errors), .edges = {}};
  calibration.pods = errors.requests.empty() ? 0 : errors.requests.front().size();
  for (const std::size_t edge : edges_to_judge(rows, edges, latency_max_seconds)) {
    calibration.edges.push_back(
        {.edge = edge,
         .points = learned(replicas(
             rows, [](const ArmCounts& counts) { return counts.timed; },
             [edge](const ArmCounts& counts) { return slower_in(counts, edge); }))});
  }
  return calibration;
}

}  // namespace kai::core
