#include "bench/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/check.h"

namespace kai::bench {

double percentile(std::span<const double> samples, double share) {
  KAI_CHECK(!samples.empty() && share > 0 && share <= 1);
  std::vector<double> sorted(samples.begin(), samples.end());
  std::ranges::sort(sorted);
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<std::size_t>(rank) - 1];
}

std::string spread(std::span<const double> samples, std::string_view unit) {
  return fmt::format("median {:.2f}, p90 {:.2f}, p99 {:.2f}, largest {:.2f} {} of {}",
                     percentile(samples, 0.5), percentile(samples, 0.9), percentile(samples, 0.99),
                     percentile(samples, 1), unit, samples.size());
}

void Report::claim(const Claim& claim) {
  const bool holds = claim.measured <= claim.bound;
  failed_ = failed_ || !holds;
  fmt::print("bench: {} {}: {:.2f} {}, bound {:.2f} {}{}{}\n", holds ? "pass" : "FAIL", claim.what,
             claim.measured, claim.unit, claim.bound, claim.unit, claim.detail.empty() ? "" : "; ",
             claim.detail);
  std::fflush(stdout);
}

void Report::note(std::string_view text) {
  fmt::print("bench: note {}\n", text);
  std::fflush(stdout);
}

}  // namespace kai::bench
