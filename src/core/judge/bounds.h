// Bounds that people are shown and no verdict depends on: of a false alarm rate that was counted,
// and whether traffic follows the weight.
#pragma once

#include <cstdint>

namespace kai::core {

// One-sided Clopper-Pearson: the rate p at which `alarms` or fewer of `windows` have the chance
// 1 - confidence. alarms <= windows, windows >= 1; 1 when every window alarmed.
[[nodiscard]] double alarm_rate_bound(std::uint64_t alarms, std::uint64_t windows,
                                      double confidence);

// ln of the Bayes factor "the split is another one" against "the canary gets `share`", with a
// Dirichlet prior of `prior_requests` around the share (Lindon and Malek, arXiv 2011.03567).
// `share` in (0, 1).
[[nodiscard]] double split_evidence(std::uint64_t canary, std::uint64_t baseline, double share,
                                    double prior_requests);

// The canary gets less than half of what its weight says, and that is no chance (alpha / 10).
[[nodiscard]] bool is_traffic_off_weight(std::uint64_t canary, std::uint64_t baseline, double share,
                                         double alpha);

}  // namespace kai::core
