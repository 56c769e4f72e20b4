#include "core/judge/found_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/xoshiro.h"
#include "core/judge/portable_math.h"

namespace kai::core {
namespace {

constexpr double smallest_difference = 1e-5;
constexpr int halvings = 13;
constexpr int places = 1 << halvings;
constexpr double deviations = 6;  // off by more is chance once in many millions

}  // namespace

std::optional<bool> is_reached(double share, std::size_t found, std::size_t looked,
                               std::size_t runs) {
  const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(runs)));
  if (found >= wanted) return true;
  if (looked - found > runs - wanted) return false;
  const auto seen = static_cast<double>(looked);
  const double off = static_cast<double>(found) - share * seen;
  if (std::fabs(off) <= deviations * std::sqrt(share * (1 - share) * seen) + 1) return std::nullopt;
  return off > 0;
}

std::vector<std::uint64_t> simulation_seeds(std::size_t runs) {
  std::vector<std::uint64_t> seeds(runs);
  Xoshiro chance(simulation_seed);
  std::ranges::generate(seeds, [&] { return chance.next(); });
  return seeds;
}

FoundSearch::FoundSearch(Finds finds, double base, std::size_t runs)
    : finds_(std::move(finds)),
      ln_low_(ln_of(smallest_difference)),
      ln_high_(ln_of(std::max(1 - base, smallest_difference))) {
  KAI_CHECK(runs > 0 && base >= 0 && base <= 1);
  for (const std::uint64_t seed : simulation_seeds(runs))
    runs_.push_back({.seed = seed, .found = places + 1});
}

double FoundSearch::difference_at(int place) const {
  return exp_of(ln_low_ + (ln_high_ - ln_low_) * static_cast<double>(place) / places);
}

bool FoundSearch::finds(Run& run, int place) {
  if (place >= run.found) return true;
  if (place <= run.missed) return false;
  const bool found = finds_(run.seed, difference_at(place));
  (found ? run.found : run.missed) = place;
  return found;
}

bool FoundSearch::is_reached_at(int place, double share) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (finds(runs_[i], place)) ++found;
    if (const auto reached = is_reached(share, found, i + 1, runs_.size())) return *reached;
  }
  return false;
}

std::optional<double> FoundSearch::smallest(double share) {
  if (ln_high_ <= ln_low_) return std::nullopt;  // the baseline fails always: nothing is worse
  if (!is_reached_at(places, share)) return std::nullopt;
  int low = 0, high = places;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (is_reached_at(middle, share) ? high : low) = middle;
  }
  return difference_at(high);
}

}  // namespace kai::core
