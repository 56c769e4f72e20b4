// Which bucket edges of a histogram are judged: chosen once, from stable, never from the canary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kai::core {

inline constexpr std::size_t judged_edges_max = 4;  // besides the edge of the limit

// Requests that stable served, and how many of them were slower than each edge.
struct LatencyHistory {
  std::span<const double> edges;  // seconds, rising
  std::uint64_t timed = 0;
  std::span<const std::uint64_t> slower;  // one per edge
};

// Indexes, rising and without doubles: the edges whose share of slower requests is nearest, in
// ratio, to 0.5, 0.15, 0.02 and 0.002, among those with a share in [0.0005, 0.9]. Empty below 1000
// requests: too few to choose by.
[[nodiscard]] std::vector<std::size_t> choose_edges(const LatencyHistory& history);

// The edge nearest, in ratio, to a limit; empty without edges above zero.
[[nodiscard]] std::optional<std::size_t> edge_near(std::span<const double> edges, double limit);

}  // namespace kai::core
