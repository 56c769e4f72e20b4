#include "edges/prometheus/prom_calibration.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "codec/number.h"
#include "core/judge/dispersion.h"
#include "core/judge/latency_edges.h"

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

// The columns of pods that had counts while another one had some: only they can be compared. A pod
// without history would look like one that does not differ.
std::vector<std::size_t> compared(const core::ReplicaHistory& history) {
  std::set<std::size_t> columns;
  for (const auto& row : history.requests) {
    std::vector<std::size_t> there;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] > 0) there.push_back(i);
    }
    if (there.size() > 1) columns.insert(there.begin(), there.end());
  }
  return {columns.begin(), columns.end()};
}

void keep_columns(std::vector<std::vector<std::uint64_t>>& rows,
                  const std::vector<std::size_t>& columns) {
  for (auto& row : rows) {
    std::vector<std::uint64_t> kept;
    for (const std::size_t column : columns) kept.push_back(row[column]);
    row = std::move(kept);
  }
}

template <class All, class Bad>
core::ReplicaHistory replicas(const Rows& rows, All all, Bad bad) {
  core::ReplicaHistory history;
  for (const auto& [at, row] : rows) {
    auto& requests = history.requests.emplace_back();
    auto& errors = history.errors.emplace_back();
    for (const Counted& counted : row) {
      requests.push_back(counted.broken ? 0 : whole(all(counted)));
      errors.push_back(counted.broken ? 0 : whole(bad(counted)));
    }
  }
  const std::vector<std::size_t> columns = compared(history);
  keep_columns(history.requests, columns);
  keep_columns(history.errors, columns);
  return history;
}

std::size_t columns_of(const core::ReplicaHistory& history) {
  return history.requests.empty() ? 0 : history.requests.front().size();
}

std::vector<core::DispersionPoint> learned(const core::ReplicaHistory& history) {
  return with_floor(core::learn_dispersion(history), history);
}

std::vector<std::size_t> edges_to_judge(const PromFamily& family, const Rows& rows,
                                        std::optional<Duration> latency_max) {
  double timed = 0;
  std::vector<std::uint64_t> slower(family.edges.size());
  for (const auto& [at, row] : rows) {
    for (const Counted& counted : row) {
      if (counted.broken) continue;
      timed += counted.timed;
      for (std::size_t i = 0; i < slower.size(); ++i)
        slower[i] += whole(slower_than(counted, family.edges[i]));
    }
  }
  std::vector<std::size_t> chosen =
      core::choose_edges({.edges = family.edges, .timed = whole(timed), .slower = slower});
  const auto limit =
      latency_max ? core::edge_near(family.edges, seconds_of(*latency_max)) : std::nullopt;
  if (limit && std::ranges::find(chosen, *limit) == chosen.end()) chosen.push_back(*limit);
  std::ranges::sort(chosen);
  return chosen;
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
  const core::ReplicaHistory errors = replicas(
      rows, [](const Counted& counted) { return counted.requests; },
      [](const Counted& counted) { return counted.errors; });
  ports::Calibration calibration{.errors = learned(errors),
                                 .pods = static_cast<std::uint32_t>(columns_of(errors))};
  if (!history.buckets.empty()) {
    for (const std::size_t edge : edges_to_judge(family, rows, latency_max)) {
      const double seconds = family.edges[edge];
      calibration.edges.push_back(
          {.edge = edge,
           .points = learned(replicas(
               rows, [](const Counted& counted) { return counted.timed; },
               [seconds](const Counted& counted) { return slower_than(counted, seconds); }))});
    }
  }
  sum_up(rows, history.step, calibration);
  return calibration;
}

}  // namespace kai::edges
