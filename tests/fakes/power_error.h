// How far a figure of simulated rollouts may be from the true one by chance.
#pragma once

#include <cmath>

namespace kai::fakes {

// The smallest regressions found in 80 % and in 95 % of the rollouts.
struct PowerFigures {
  double usually, almost_always;
};

// One standard error of each, relative to it. Of n runs the share that finds is off by
// sqrt(q(1-q)/n), and the figure by that over the density of what the runs find. What they find is
// about log-normal; its width follows from the two figures, which lie 0.8416 and 1.6449 widths up.
inline PowerFigures power_errors(const PowerFigures& found, double runs) {
  const double width = std::log(found.almost_always / found.usually) / (1.6449 - 0.8416);
  return {.usually = std::sqrt(0.80 * 0.20 / runs) * width / 0.2800,
          .almost_always = std::sqrt(0.95 * 0.05 / runs) * width / 0.1031};
}

// Whether `points` agree with a reference of two decimals, made with as many runs by another
// program: within four standard errors of the difference, and the rounding.
inline bool agrees_with_reference(double points, double reference, double error) {
  return std::fabs(std::log(points / reference)) < 4 * std::sqrt(2.0) * error + 0.005 / reference;
}

}  // namespace kai::fakes
