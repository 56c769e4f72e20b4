// Search for the smallest difference that a rule finds in a given share of simulated rollouts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace kai::core {

// Of all simulated rollouts: the same plan gives the same figures, so that two can be compared.
inline constexpr std::uint64_t simulation_seed = 0x6b61692d63616e61;

// Halves 13 times on a log scale between 1e-5 and 1 - base. Each run is taken to find every
// difference above one that it found: its luck is the same, and it rarely is otherwise. So only
// those runs are simulated that the differences so far leave open, also for the next share.
class FoundSearch {
 public:
  // Whether the run of `seed` finds `difference`.
  using Finds = std::function<bool(std::uint64_t seed, double difference)>;
  FoundSearch(Finds finds, double base, std::size_t runs);

  // Empty when not even a canary that always fails is found so often. `share` in (0, 1).
  [[nodiscard]] std::optional<double> smallest(double share);

 private:
  // Places on the scale.
  struct Run {
    std::uint64_t seed = 0;
    int missed = -1;  // the largest that it missed
    int found = 0;    // the smallest that it found
  };
  [[nodiscard]] double difference_at(int place) const;
  [[nodiscard]] bool finds(Run& run, int place);
  [[nodiscard]] bool is_reached_at(int place, double share);

  Finds finds_;
  double ln_low_, ln_high_;
  std::vector<Run> runs_;
};

// Whether `share` of the runs find it, from `found` of the first `looked`: as soon as the others
// cannot change it, or it is off by more than six standard deviations. Empty: look on.
[[nodiscard]] std::optional<bool> is_reached(double share, std::size_t found, std::size_t looked,
                                             std::size_t runs);

// The seeds of so many runs.
[[nodiscard]] std::vector<std::uint64_t> simulation_seeds(std::size_t runs);

}  // namespace kai::core
