#include "bench/judge/rules.h"

#include <algorithm>
#include <cmath>

#include <boost/math/special_functions/erf.hpp>

#include "core/judge/bounds.h"
#include "core/judge/mann_whitney.h"
#include "core/judge/mixture.h"

namespace kai::bench {
namespace {

using core::Counts;

int seconds_at(const Stream& stream, int interval) {
  return static_cast<int>(std::lround(stream.interval_seconds * (interval + 1)));
}

Counts add(const Counts& a, const Counts& b) {
  return {.n = a.n + b.n, .x = a.x + b.x, .m = a.m + b.m, .y = a.y + b.y};
}

// Sums of the last `length` intervals up to `last`.
Counts window(const Stream& stream, int last, int length) {
  Counts sum;
  for (int i = std::max(0, last - length + 1); i <= last; ++i)
    sum = add(sum, stream.intervals[static_cast<std::size_t>(i)]);
  return sum;
}

bool holds(const Counts& counts, double success) {
  return counts.n > 0 &&
         static_cast<double>(counts.n - counts.x) / static_cast<double>(counts.n) >= success;
}

using Options = std::function<void(core::SequentialConfig&)>;

core::SequentialConfig config_of(const Stream& stream, const Options& options,
                                 const std::vector<core::DispersionPoint>& dispersion) {
  core::SequentialConfig config{
      .planned_intervals = static_cast<std::uint64_t>(stream.planned),
      .planned_steps = static_cast<std::uint32_t>(stream.steps.size()),
      .interval = std::chrono::milliseconds(std::lround(stream.interval_seconds * 1000)),
      .series = {{.name = "errors", .dispersion = dispersion}},
      .panic = false};
  if (options) options(config);
  return config;
}

core::SequentialVerdict observe(core::SequentialRule& rule, const Stream& stream, int i) {
  return rule.observe({.sequence = static_cast<std::uint64_t>(i) + 1,
                       .weight_ppm = static_cast<std::uint32_t>(stream.weight * 1e6),
                       .series = std::span(&stream.intervals[static_cast<std::size_t>(i)], 1)});
}

int judge_with(const Stream& stream, const Options& options,
               const std::vector<core::DispersionPoint>& dispersion) {
  core::SequentialRule rule =
      core::SequentialRule::create(config_of(stream, options, dispersion)).value();
  for (int i = 0; i < stream.planned; ++i) {
    if (observe(rule, stream, i).outcome == core::Outcome::fail) return seconds_at(stream, i);
  }
  return never;
}

// The pair rule alone as the reference figures were measured: scrapes agree on "worse", and only
// the last one must be beyond the tolerance. The shipped rule wants that of all of them, and knows
// defects that come and go.
int judge_as_measured(const Stream& stream, const Options& options,
                      const std::vector<core::DispersionPoint>& dispersion) {
  const core::SequentialConfig config = config_of(stream, options, dispersion);
  core::SequentialRule rule = core::SequentialRule::create(config).value();
  const double proof = core::proof_at(config.alpha);
  int agreeing = 0;
  for (int i = 0; i < stream.planned; ++i) {
    observe(rule, stream, i);
    const auto evidence = rule.evidence_of(0);
    const Counts& counts = stream.intervals[static_cast<std::size_t>(i)];
    const double decisive = config.strict_tolerance ? evidence.intolerable : evidence.worse;
    if (counts.n > 0 && counts.m > 0) agreeing = evidence.worse > 0 ? agreeing + 1 : 0;
    if (decisive >= proof && agreeing >= config.persist && evidence.intolerable >= 0)
      return seconds_at(stream, i);
  }
  return never;
}

// Highest label over the first j points, j from `first` on.
int kayenta_of(const Stream& stream, int intervals_per_point) {
  constexpr double z = 2.3263478740408408;  // 98 %
  const int points_min = 5;
  std::vector<double> canary, baseline;
  for (int end = intervals_per_point; end <= stream.planned; end += intervals_per_point) {
    const Counts sum = window(stream, end - 1, intervals_per_point);
    const auto percent = [](std::uint64_t bad, std::uint64_t all) {
      return all == 0 ? 0.0 : 100.0 * static_cast<double>(bad) / static_cast<double>(all);
    };
    canary.push_back(percent(sum.x, sum.n));
    baseline.push_back(percent(sum.y, sum.m));
    if (static_cast<int>(canary.size()) < points_min) continue;
    const auto interval = core::mann_whitney_interval(canary, baseline, z);
    if (!interval || interval->low <= 0.25 * std::fabs(interval->estimate)) continue;
    double canary_sum = 0, baseline_sum = 0;
    for (const double value : canary) canary_sum += value;
    for (const double value : baseline) baseline_sum += value;
    const bool effect_unknown = canary_sum == 0 || baseline_sum == 0;
    if (effect_unknown || canary_sum >= baseline_sum) return seconds_at(stream, end - 1);
  }
  return never;
}

// When `is_true` is first true after a frame.
Rule first_time(const Options& options,
                const std::function<bool(const core::SequentialRule&)>& is_true) {
  return [options, is_true](const Stream& stream) {
    core::SequentialRule rule =
        core::SequentialRule::create(config_of(stream, options, stream.dispersion)).value();
    for (int i = 0; i < stream.planned; ++i) {
      observe(rule, stream, i);
      if (is_true(rule)) return seconds_at(stream, i);
    }
    return never;
  };
}

double normal_tail(double z) { return 0.5 * boost::math::erfc(z / std::sqrt(2.0)); }

double normal_quantile(double p) { return -std::sqrt(2.0) * boost::math::erfc_inv(2 * p); }

}  // namespace

Rule judge(const std::function<void(core::SequentialConfig&)>& options) {
  return [options](const Stream& stream) { return judge_with(stream, options, stream.dispersion); };
}

Rule measured_judge(const Options& options) {
  return [options](const Stream& stream) {
    return judge_as_measured(stream, options, stream.dispersion);
  };
}

Rule measured_judge_with_flat_dispersion(double dispersion) {
  return [dispersion](const Stream& stream) {
    return judge_as_measured(stream, {}, {{.intervals = 1, .dispersion = dispersion}});
  };
}

LatencyTimes judge_latency(const LatencyStream& stream, const core::Tolerance& tolerance) {
  core::SequentialConfig config{.panic = false};
  const std::size_t edges = stream[0].size();
  for (std::size_t j = 0; j < edges; ++j)
    config.series.push_back({.name = "slow",
                             .kind = core::SeriesKind::latency_share,
                             .weight = 1 / static_cast<double>(edges),
                             .tolerance = tolerance});
  core::SequentialRule rule = core::SequentialRule::create(config).value();
  const double proof = core::proof_at(config.alpha);
  LatencyTimes times;
  int agreeing = 0;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    const auto verdict =
        rule.observe({.sequence = i + 1, .weight_ppm = 100'000, .series = stream[i]});
    const int seconds = 15 * (static_cast<int>(i) + 1);
    if (verdict.outcome == core::Outcome::fail) times.shipped = std::min(times.shipped, seconds);
    double pool = 0;
    std::size_t culprit = 0;
    for (std::size_t j = 0; j < edges; ++j) {
      const double worse = rule.evidence_of(j).worse;
      pool += std::exp(worse) / static_cast<double>(edges);
      if (worse > rule.evidence_of(culprit).worse) culprit = j;
    }
    agreeing = pool > 1 ? agreeing + 1 : 0;
    if (std::log(pool) >= proof && agreeing >= config.persist &&
        rule.evidence_of(culprit).intolerable >= -1e-12)
      times.measured = std::min(times.measured, seconds);
  }
  return times;
}

Rule proved_above(double limit) {
  return first_time(
      [limit](core::SequentialConfig& config) { config.gates = {{.series = 0, .limit = limit}}; },
      [](const core::SequentialRule& rule) {
        return rule.gate_evidence_of(0).bad >= core::proof_at(0.01);
      });
}

Rule proved_below(double limit) {
  return first_time(
      [limit](core::SequentialConfig& config) { config.gates = {{.series = 0, .limit = limit}}; },
      [](const core::SequentialRule& rule) {
        return rule.gate_evidence_of(0).good >= core::proof_at(0.05);
      });
}

Rule proved_healthy() {
  return first_time({}, [](const core::SequentialRule& rule) {
    return rule.evidence_of(0).healthy >= core::proof_at(0.05);
  });
}

Rule uncapped() {
  return [](const Stream& stream) {
    const auto curve = core::DispersionCurve::create(std::vector{core::DispersionPoint{}}).value();
    const auto prior = std::span(core::worse_grid().ln_prior).first<core::worse_effects>();
    const core::StartPlan plan =
        core::plan_starts(static_cast<std::uint64_t>(stream.planned), 0, 4);
    core::Starts starts;
    core::Mixture mixture;
    for (int i = 0; i < stream.planned; ++i) {
      std::array<double, core::worse_effects> gain;
      core::pair_evidence(stream.intervals[static_cast<std::size_t>(i)], {}, core::worse_grid(),
                          gain);
      const double opening = starts.advance(plan, 1, false);
      mixture.observe({.gain = gain,
                       .ln_prior = prior,
                       .age = 1,
                       .opening_weight = opening,
                       .unstarted = starts.unstarted,
                       .cap = 1e300},
                      curve);
      if (mixture.ln_evidence >= std::log(100.0)) return seconds_at(stream, i);
    }
    return never;
  };
}

Rule threshold(double success) {
  return [success](const Stream& stream) {
    for (int i = 1; i < stream.planned; i += 2) {
      const Counts sum = window(stream, i, 20);
      if (sum.n > 0 && !holds(sum, success)) return seconds_at(stream, i);
    }
    return never;
  };
}

Rule flagger(double success, int failures_max) {
  return [success, failures_max](const Stream& stream) {
    int failures = 0, good = 0;
    const int end = std::min<int>(static_cast<int>(stream.intervals.size()), 64);  // 960 s
    for (int i = 3; i < end; i += 4) {
      if (failures >= failures_max) return seconds_at(stream, i);
      if (holds(window(stream, i, 3), success)) {
        if (++good == 10) return never;
      } else {
        ++failures;
      }
    }
    return never;
  };
}

Rule argo(double success, int length, int failures_max) {
  return [success, length, failures_max](const Stream& stream) {
    int failures = 0;
    for (int i = 3; i < stream.planned; i += 4) {
      if (!holds(window(stream, i, length), success)) ++failures;
      if (failures > failures_max) return seconds_at(stream, i);
    }
    return never;
  };
}

Rule kayenta(int intervals_per_point) {
  return [intervals_per_point](const Stream& stream) {
    return kayenta_of(stream, intervals_per_point);
  };
}

Rule peeking_z() {
  return [](const Stream& stream) {
    for (int i = 1; i < stream.planned; i += 2) {
      const Counts sum = window(stream, i, stream.planned);
      const auto n = static_cast<double>(sum.n), m = static_cast<double>(sum.m);
      const auto x = static_cast<double>(sum.x), y = static_cast<double>(sum.y);
      if (n == 0 || m == 0) continue;
      const double p = (x + y) / (n + m);
      const double deviation = std::sqrt(p * (1 - p) * (1 / n + 1 / m));
      if (deviation > 0 && (x / n - y / m) / deviation > 2.326) return seconds_at(stream, i);
    }
    return never;
  };
}

Rule lindon_malek() {
  return [](const Stream& stream) {
    Counts sum;
    for (int i = 0; i < stream.planned; ++i) {
      sum = add(sum, stream.intervals[static_cast<std::size_t>(i)]);
      const auto x = static_cast<double>(sum.x), all = x + static_cast<double>(sum.y);
      if (x > stream.weight * all &&
          core::split_evidence(sum.x, sum.y, stream.weight, 100) > std::log(100.0))
        return seconds_at(stream, i);
    }
    return never;
  };
}

Rule oracle() {
  return [](const Stream& stream) {
    double evidence = 0;
    for (int i = 0; i < stream.planned; ++i) {
      const Counts& counts = stream.intervals[static_cast<std::size_t>(i)];
      evidence += core::limit_evidence(counts.x, counts.n, stream.canary, stream.base);
      if (evidence > std::log(100.0)) return seconds_at(stream, i);
    }
    return never;
  };
}

double dkw_radius(double t, double alpha) {
  // Howard and Ramdas, Sequential estimation of quantiles (2022), corollary 2.
  const double gamma = 0.85;
  return gamma * std::sqrt((std::log(1 + std::log(t)) + 0.8 * std::log(1612 / alpha)) / t);
}

double msprt_ln_lambda(double per_arm, double variance, double tau2, double difference) {
  const double v = 2 * variance / per_arm;
  return 0.5 * std::log(v / (v + tau2)) + tau2 * difference * difference / (2 * v * (v + tau2));
}

double spending_obrien_fleming(double t, double alpha) {
  return 2 * normal_tail(-normal_quantile(alpha / 2) / std::sqrt(t));
}

double spending_pocock(double t, double alpha) {
  return alpha * std::log(1 + (std::exp(1.0) - 1) * t);
}

double mixture_every_interval(const std::vector<Counts>& rows, const core::Tolerance& tolerance,
                              int horizon, double first_weight, double dispersion) {
  const double later = (1 - first_weight) / (horizon - 1);
  const auto& grid = core::worse_grid();
  std::vector<std::array<double, core::worse_effects>> slots;
  for (const Counts& row : rows) {
    std::array<double, core::worse_effects> gain;
    core::pair_evidence(row, tolerance, grid, gain);
    slots.emplace_back();
    slots.back().fill(0);
    for (auto& slot : slots) {
      for (std::size_t j = 0; j < core::worse_effects; ++j) slot[j] += gain[j];
    }
  }
  double given = 0, sum = 0;
  for (std::size_t s = 0; s < slots.size(); ++s) {
    const double weight = s == 0 ? first_weight : later;
    given += weight;
    for (std::size_t j = 0; j < core::worse_effects; ++j)
      sum += weight * std::exp(grid.ln_prior[j] + slots[s][j] / dispersion);
  }
  return std::log(sum + 1 - given);
}

}  // namespace kai::bench
