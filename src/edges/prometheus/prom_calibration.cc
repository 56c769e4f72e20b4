#include "edges/prometheus/prom_calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "codec/number.h"
#include "core/judge/calibration.h"

namespace kai::edges {
namespace {

constexpr double count_max = 9'007'199'254'740'992.0;  // 2^53

// Increments of one pod between two moments.
struct Counted {
  double requests = 0;
  double errors = 0;
  double timed = 0;
  std::map<double, double> up_to;  // by edge in seconds
  bool broken = false;             // a reset, or no count: nothing of it is used
};

// Rows by moment, one column per pod.
using Rows = std::map<WallTime, std::vector<Counted>>;

// The edges cost the last bits when their unit is another.
std::optional<double> edge_of(const PromSeries& series, const PromFamily& family) {
  const std::string_view text = series.label("le");
  if (text == "+Inf" || text == "Inf") return HUGE_VAL;
  const auto edge = codec::parse_finite(text);
  if (!edge) return std::nullopt;
  for (const double known : family.edges) {
    if (std::abs(*edge * family.unit_seconds - known) <= known * 1e-9) return known;
  }
  return std::nullopt;
}

// Where an answer begins.
std::optional<WallTime> first_moment(const std::vector<PromSeries>& answer) {
  std::optional<WallTime> first;
  for (const PromSeries& series : answer) {
    if (series.samples.empty()) continue;
    const WallTime at = series.samples.front().at;
    first = first ? std::min(*first, at) : at;
  }
  return first;
}

// A sum that falls is a restart, or lost a series: that interval of the pod says nothing, and
// neither does one after a gap. A series that was never there before began at zero, if its pod was
// there; at `base`, where its answer begins, nothing is known of before.
template <class Put>
void add_increments(const PromSeries& series, std::optional<WallTime> base, Duration step,
                    Rows& rows, std::size_t pod, Put put) {
  for (std::size_t i = 0; i < series.samples.size(); ++i) {
    const PromSample& sample = series.samples[i];
    const bool follows = i > 0 && sample.at - series.samples[i - 1].at <= step + step / 2;
    if (i == 0 && sample.at == base) continue;
    const auto row = rows.find(sample.at);
    if (row == rows.end()) continue;
    Counted& counted = row->second[pod];
    const double before = i > 0 ? series.samples[i - 1].value : 0;
    const double increment = sample.value - before;
    if ((i > 0 && !follows) || !(increment >= 0) || increment >= count_max) {
      counted.broken = true;
    } else {
      put(counted, std::round(increment));
    }
  }
}

// Moments at which the pod had any series a step before: without one its counters are bases only.
void drop_births(const std::vector<const PromSeries*>& series, Duration step, Rows& rows,
                 std::size_t pod) {
  std::map<WallTime, bool> there;
  for (const PromSeries* const one : series) {
    for (const PromSample& sample : one->samples) there[sample.at] = true;
  }
  for (auto& [at, row] : rows) {
    if (!there.contains(at - step) || !there.contains(at)) row[pod].broken = true;
  }
}

class Reading {
 public:
  Reading(const PromFamily& family, const PromPodLabel& label,
          const std::vector<ports::PodTarget>& pods, const PromHistory& history)
      : family_(family), label_(label), pods_(pods), history_(history) {
    for (const auto* all : {&history.requests, &history.buckets}) {
      for (const PromSeries& series : *all) {
        for (const PromSample& sample : series.samples)
          rows_.try_emplace(sample.at, std::vector<Counted>(pods.size()));
      }
    }
    for (std::size_t pod = 0; pod < pods.size(); ++pod) read(pod);
    if (!rows_.empty()) rows_.erase(rows_.begin());  // bases
  }

  [[nodiscard]] const Rows& rows() const { return rows_; }

 private:
  void read(std::size_t pod) {
    std::vector<const PromSeries*> own;
    const auto base = first_moment(history_.requests);
    for (const PromSeries& series : history_.requests) {
      if (!is_series_of(series, label_, pods_[pod])) continue;
      own.push_back(&series);
      const bool error = is_error_status(series.label(family_.status_label));
      const auto put = [&](Counted& counted, double increment) {
        counted.requests += increment;
        if (error) counted.errors += increment;
      };
      add_increments(series, base, history_.step, rows_, pod, put);
    }
    const auto timed_base = first_moment(history_.buckets);
    for (const PromSeries& series : history_.buckets) {
      const auto edge = edge_of(series, family_);
      if (!edge || !is_series_of(series, label_, pods_[pod])) continue;
      const auto put = [&](Counted& counted, double increment) {
        if (std::isinf(*edge)) {
          counted.timed += increment;
        } else {
          counted.up_to[*edge] += increment;
        }
      };
      add_increments(series, timed_base, history_.step, rows_, pod, put);
    }
    drop_births(own, history_.step, rows_, pod);
  }

  const PromFamily& family_;
  const PromPodLabel& label_;
  const std::vector<ports::PodTarget>& pods_;
  const PromHistory& history_;
  Rows rows_;
};

std::uint64_t whole(double count) { return static_cast<std::uint64_t>(count); }

double slower_than(const Counted& counted, double edge) {
  const auto found = counted.up_to.find(edge);
  const double up_to = found == counted.up_to.end() ? 0 : found->second;
  return std::clamp(counted.timed - up_to, 0.0, counted.timed);
}

core::ArmCounts counts_of(const Counted& counted, const PromFamily& family) {
  if (counted.broken) return {};
  core::ArmCounts counts{.requests = whole(counted.requests),
                         .errors = whole(counted.errors),
                         .timed = whole(counted.timed),
                         .slower = {}};
  for (const double edge : family.edges) counts.slower.push_back(whole(slower_than(counted, edge)));
  return counts;
}

core::PodRows pod_rows(const Rows& rows, const PromFamily& family) {
  core::PodRows all;
  for (const auto& [at, row] : rows) {
    auto& counts = all.emplace_back();
    for (const Counted& counted : row) counts.push_back(counts_of(counted, family));
  }
  return all;
}

void sum_up(const Rows& rows, Duration step, ports::Calibration& calibration) {
  double requests = 0, errors = 0, intervals = 0;
  for (const auto& [at, row] : rows) {
    for (const Counted& counted : row) {
      if (counted.broken) continue;
      requests += counted.requests;
      errors += counted.errors;
      intervals += 1;
    }
  }
  if (intervals > 0) calibration.requests_per_second = requests / (intervals * seconds_of(step));
  if (requests > 0) calibration.error_share = errors / requests;
  calibration.history = static_cast<std::int64_t>(rows.size()) * step;
}

}  // namespace

ports::Calibration calibrate(const PromFamily& family, const PromPodLabel& label,
                             const std::vector<ports::PodTarget>& pods, const PromHistory& history,
                             std::optional<Duration> latency_max) {
  const Reading reading(family, label, pods, history);
  const Rows& rows = reading.rows();
  std::span<const double> edges;
  if (!history.buckets.empty()) edges = family.edges;
  const auto limit = latency_max ? std::optional(seconds_of(*latency_max)) : std::nullopt;
  core::PodCalibration learned = core::calibrate_pods(pod_rows(rows, family), edges, limit);
  ports::Calibration calibration{.errors = std::move(learned.errors),
                                 .pods = static_cast<std::uint32_t>(learned.pods)};
  for (core::ServiceConfig::EdgeDispersion& edge : learned.edges)
    calibration.edges.push_back({.edge = edge.edge, .points = std::move(edge.points)});
  sum_up(rows, history.step, calibration);
  return calibration;
}

}  // namespace kai::edges
