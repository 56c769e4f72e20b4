// Dispersion: by how much two groups of one version differ more than independent requests would.
// Evidence is divided by it. Learned from stable's own replicas before the canary exists, and never
// from the canary.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace kai::core {

// Scatter measured over blocks of `intervals` intervals: 1 for independent requests.
struct DispersionPoint {
  double intervals = 1;   // > 0
  double dispersion = 1;  // >= 1

  friend bool operator==(const DispersionPoint&, const DispersionPoint&) = default;
};

inline constexpr std::size_t dispersion_points_max = 16;

// Evidence collected over many intervals scatters more than that of one when replicas differ for
// good, so the dispersion depends on the age of the evidence.
class DispersionCurve {
 public:
  // `points` with rising intervals and dispersion that does not fall; at least 1 and at most
  // `dispersion_points_max`. `rejected` otherwise.
  [[nodiscard]] static Result<DispersionCurve> create(std::span<const DispersionPoint> points);

  // At an age in intervals, > 0: constant before the first point, linear in ln(age) between two,
  // beyond the last one a power of the age whose exponent, between 0 and 1, continues the last two
  // points.
  [[nodiscard]] double at(double age) const;
  [[nodiscard]] std::span<const DispersionPoint> points() const { return {points_.data(), count_}; }

 private:
  DispersionCurve() = default;
  std::array<DispersionPoint, dispersion_points_max> points_{};
  std::array<double, dispersion_points_max> ln_intervals_{};
  std::size_t count_ = 0;
  double growth_ = 0;
};

// Of evidence that is `intervals` old (one at least), for what people are told. Where the points
// give no curve: 2, as without replicas.
[[nodiscard]] double dispersion_after(std::span<const DispersionPoint> points, double intervals);

// History of stable's replicas: one row per interval, one column per replica, oldest first. A
// replica without requests in an interval was not there.
struct ReplicaHistory {
  std::vector<std::vector<std::uint64_t>> requests;
  std::vector<std::vector<std::uint64_t>> errors;  // of the same shape, each <= requests
};

// Pearson's X^2 over blocks of a length, and its degrees of freedom.
struct Scatter {
  double chi_square = 0;
  double freedom = 0;
};

// Blocks are cut from the oldest interval on; what does not fill a block is dropped.
[[nodiscard]] Scatter scatter_of(const ReplicaHistory& history, std::size_t block_intervals);

// (8 + X^2) / (8 + df), at least 1: eight degrees of freedom at 1 keep short histories calm.
[[nodiscard]] double dispersion_of(const Scatter& scatter);

// Blocks of 1, 2, 4, 10, 20, 40, 80, 160, ... intervals with at least six whole blocks of history,
// made non-decreasing. Empty when there is not even history for one interval.
[[nodiscard]] std::vector<DispersionPoint> learn_dispersion(const ReplicaHistory& history);

// Without enough replicas to learn from: at least 2, because a healthy pod differs too.
// `replicas` = 2, or fewer than 50 errors in all: the learned points raised to 2; no point: flat 2.
[[nodiscard]] std::vector<DispersionPoint> with_floor(std::vector<DispersionPoint> learned,
                                                      const ReplicaHistory& history);

}  // namespace kai::core
