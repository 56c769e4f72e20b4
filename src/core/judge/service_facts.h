// From counts to the numbers behind a verdict; what every rule shows of a service.
#pragma once

#include "core/judge/judge.h"

namespace kai::core {

void add(ArmCounts& sum, const ArmCounts& counts);
void add(ServiceCounts& sum, const ServiceCounts& counts);

[[nodiscard]] ServiceFacts facts_of(const ServiceCounts& sum, const ServiceConfig& service,
                                    double latency_quantile);

// Seconds at rank quantile * timed: the first bucket whose cumulative count reaches the rank,
// linear inside it from its lower edge (0 for the first); the largest edge when the rank lies
// beyond it. `slower[i]` counts requests slower than `edges[i]`. Empty without timed requests or
// without edges. The rule of Prometheus' histogram_quantile.
[[nodiscard]] std::optional<double> latency_at(double quantile, const std::vector<double>& edges,
                                               std::uint64_t timed,
                                               const std::vector<std::uint64_t>& slower);

}  // namespace kai::core
