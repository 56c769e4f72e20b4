#include "core/judge/dispersion.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "core/judge/portable_math.h"

namespace kai::core {
namespace {

constexpr double prior_freedom = 8;
constexpr std::size_t blocks_min = 6;
constexpr double unknown_dispersion = 2;
constexpr std::uint64_t errors_min = 50;
constexpr std::size_t replicas_min = 3;

const char* mistake_in(std::span<const DispersionPoint> points) {
  if (points.empty()) return "dispersion has no point";
  if (points.size() > dispersion_points_max) return "dispersion has more than 16 points";
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [intervals, dispersion] = points[i];
    if (!(intervals > 0 && std::isfinite(intervals))) return "dispersion over no interval";
    if (!(dispersion >= 1 && std::isfinite(dispersion))) return "dispersion below 1";
    if (i == 0) continue;
    if (intervals <= points[i - 1].intervals) return "dispersion's intervals do not rise";
    if (dispersion < points[i - 1].dispersion) return "dispersion falls with the age";
  }
  return nullptr;
}

struct Block {
  std::vector<double> requests;
  std::vector<double> errors;
};

Block sum_block(const ReplicaHistory& history, std::size_t first, std::size_t intervals) {
  const std::size_t replicas = history.requests[first].size();
  Block block{.requests = std::vector<double>(replicas), .errors = std::vector<double>(replicas)};
  for (std::size_t t = first; t < first + intervals; ++t) {
    for (std::size_t j = 0; j < replicas; ++j) {
      block.requests[j] += static_cast<double>(history.requests[t][j]);
      block.errors[j] += static_cast<double>(history.errors[t][j]);
    }
  }
  return block;
}

void add_block(Scatter& scatter, const Block& block) {
  double requests = 0, errors = 0;
  std::size_t present = 0;
  for (std::size_t j = 0; j < block.requests.size(); ++j) {
    requests += block.requests[j];
    errors += block.errors[j];
    if (block.requests[j] > 0) ++present;
  }
  if (errors == 0 || present < 2) return;
  for (std::size_t j = 0; j < block.requests.size(); ++j) {
    if (block.requests[j] == 0) continue;
    const double expected = errors * block.requests[j] / requests;
    const double off = block.errors[j] - expected;
    scatter.chi_square += off * off / expected;
  }
  scatter.freedom += static_cast<double>(present) - 1;
}

}  // namespace

Result<DispersionCurve> DispersionCurve::create(std::span<const DispersionPoint> points) {
  if (const char* mistake = mistake_in(points); mistake != nullptr)
    return fail(ErrorKind::rejected, mistake);
  DispersionCurve curve;
  curve.count_ = points.size();
  std::ranges::copy(points, curve.points_.begin());
  for (std::size_t i = 0; i < points.size(); ++i)
    curve.ln_intervals_[i] = ln_of(points[i].intervals);
  if (points.size() > 1) {
    const std::size_t last = points.size() - 1;
    const double rise = ln_of(points[last].dispersion / points[last - 1].dispersion);
    curve.growth_ =
        std::clamp(rise / (curve.ln_intervals_[last] - curve.ln_intervals_[last - 1]), 0.0, 1.0);
  }
  return curve;
}

double DispersionCurve::at(double age) const {
  const std::size_t last = count_ - 1;
  if (count_ == 1 || age <= points_[0].intervals) return points_[0].dispersion;
  const double ln_age = ln_of(age);
  if (age >= points_[last].intervals) {
    return points_[last].dispersion * exp_of(growth_ * (ln_age - ln_intervals_[last]));
  }
  std::size_t next = 1;
  while (points_[next].intervals < age) ++next;
  const double part =
      (ln_age - ln_intervals_[next - 1]) / (ln_intervals_[next] - ln_intervals_[next - 1]);
  return points_[next - 1].dispersion +
         (points_[next].dispersion - points_[next - 1].dispersion) * part;
}

double dispersion_after(std::span<const DispersionPoint> points, double intervals) {
  const auto curve = DispersionCurve::create(points);
  return curve ? curve->at(std::max(1.0, intervals)) : unknown_dispersion;
}

Scatter scatter_of(const ReplicaHistory& history, std::size_t block_intervals) {
  Scatter scatter;
  const std::size_t blocks = history.requests.size() / block_intervals;
  for (std::size_t i = 0; i < blocks; ++i)
    add_block(scatter, sum_block(history, i * block_intervals, block_intervals));
  return scatter;
}

double dispersion_of(const Scatter& scatter) {
  return std::max(1.0, (prior_freedom + scatter.chi_square) / (prior_freedom + scatter.freedom));
}

std::vector<DispersionPoint> learn_dispersion(const ReplicaHistory& history) {
  std::vector<DispersionPoint> points;
  double highest = 1;
  for (std::size_t intervals = 1; history.requests.size() / intervals >= blocks_min;
       intervals = intervals == 4 ? 10 : intervals * 2) {
    if (points.size() == dispersion_points_max) break;
    highest = std::max(highest, dispersion_of(scatter_of(history, intervals)));
    points.push_back({.intervals = static_cast<double>(intervals), .dispersion = highest});
  }
  return points;
}

std::vector<DispersionPoint> with_floor(std::vector<DispersionPoint> learned,
                                        const ReplicaHistory& history) {
  std::uint64_t errors = 0;
  std::size_t replicas = 0;
  for (const auto& row : history.errors) {
    replicas = std::max(replicas, row.size());
    for (const std::uint64_t count : row) errors += count;
  }
  if (learned.empty() || replicas < 2) return {{.intervals = 1, .dispersion = unknown_dispersion}};
  if (replicas >= replicas_min && errors >= errors_min) return learned;
  for (DispersionPoint& point : learned)
    point.dispersion = std::max(point.dispersion, unknown_dispersion);
  return learned;
}

}  // namespace kai::core
