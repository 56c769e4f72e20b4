// Poisson counts with the same bits on every machine, one from each uniform number.
#pragma once

#include <cstdint>
#include <vector>

namespace kai::core {

// By inversion: the same uniform number never gives a smaller count under a larger mean. So two
// rollouts with the same chance and different shares differ by the shares alone.
class PoissonLaw {
 public:
  static constexpr double mean_max = 1e8;  // of 180,000 counts, which are 1.4 MB
  // `mean` in [0, mean_max]. Counts that are rarer than 1e-17 of the likeliest are left out.
  explicit PoissonLaw(double mean);

  // `uniform` in [0, 1).
  [[nodiscard]] std::uint64_t at(double uniform) const;

 private:
  std::uint64_t first_ = 0;         // the count that cumulative_[0] is of
  std::vector<double> cumulative_;  // of probabilities, all times the same number
};

}  // namespace kai::core
