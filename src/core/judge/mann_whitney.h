// Mann-Whitney: by how much one sample lies above another. Reproduces the numbers of
// NetflixACAJudge-v1.0 (spinnaker/kayenta, Apache-2.0), which follow R's wilcox.test.
#pragma once

#include <optional>
#include <span>

namespace kai::core {

// z of the rank sum of x - shift against y, corrected for ties and by half for continuity. Empty
// when all values are equal (sigma = 0). Both samples are not empty.
[[nodiscard]] std::optional<double> mann_whitney_z(std::span<const double> x,
                                                   std::span<const double> y, double shift);

// Chance that a value of x is larger than one of y, ties counting half. Both are not empty.
[[nodiscard]] double chance_of_larger(std::span<const double> x, std::span<const double> y);

// Shifts that are compatible with the samples. Empty when sigma is 0 somewhere on the way.
struct ShiftInterval {
  double low = 0;
  double high = 0;
  double estimate = 0;
};
// `z`: quantile of the two-sided confidence, 2.3263 for 98 %. The root is looked for with an
// absolute tolerance of 1e-4, which is part of the behaviour: values below 1e-3 are not seen.
[[nodiscard]] std::optional<ShiftInterval> mann_whitney_interval(std::span<const double> x,
                                                                 std::span<const double> y,
                                                                 double z);

}  // namespace kai::core
