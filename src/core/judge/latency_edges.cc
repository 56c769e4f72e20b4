#include "core/judge/latency_edges.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kai::core {
namespace {

constexpr std::uint64_t requests_min = 1000;
constexpr double share_min = 0.0005;
constexpr double share_max = 0.9;
constexpr double wanted_shares[judged_edges_max] = {0.5, 0.15, 0.02, 0.002};

double ratio_between(double a, double b) { return a > b ? a / b : b / a; }

}  // namespace

std::vector<std::size_t> choose_edges(const LatencyHistory& history) {
  std::vector<std::size_t> chosen;
  if (history.timed < requests_min) return chosen;
  for (const double wanted : wanted_shares) {
    std::optional<std::size_t> best;
    double nearest = 0;
    for (std::size_t i = 0; i < history.slower.size(); ++i) {
      const double share =
          static_cast<double>(history.slower[i]) / static_cast<double>(history.timed);
      if (share < share_min || share > share_max) continue;
      const double ratio = ratio_between(share, wanted);
      if (best && ratio >= nearest) continue;
      best = i;
      nearest = ratio;
    }
    if (best && std::ranges::find(chosen, *best) == chosen.end()) chosen.push_back(*best);
  }
  std::ranges::sort(chosen);
  return chosen;
}

std::optional<std::size_t> edge_near(std::span<const double> edges, double limit) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (edges[i] <= 0) continue;
    if (!best || ratio_between(edges[i], limit) < ratio_between(edges[*best], limit)) best = i;
  }
  return best;
}

}  // namespace kai::core
