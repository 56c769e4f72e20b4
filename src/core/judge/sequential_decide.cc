// The order in which the sequential rule decides: panic, proof against the pair, recurrence,
// absolute limits, values, proof of health, and then what the caller asked for.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/judge/effects.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/sequential.h"
#include "core/judge/sequential_state.h"
#include "core/judge/verdict.h"

namespace kai::core {
namespace {

constexpr std::uint64_t step_requests_min = 50;
constexpr std::uint64_t check_requests_min = 50;
constexpr std::uint64_t panic_requests_min = 20;
constexpr std::uint32_t recurring_runs = 4;
constexpr int value_breaches_min = 4;
constexpr double quiet_expected_min = 20;
constexpr std::uint32_t full_weight_ppm = 1'000'000;

// What was found, before the shared fields are filled in.
struct Finding {
  VerdictReason reason;
  std::size_t culprit = 0;
  SequentialFacts facts{};
};

// Everything that the rules below look at.
struct View {
  const SequentialConfig& config;
  const RuleConstants& constants;
  const RuleState& now;
  const Pools& pools;
  const SeriesFrame& frame;

  [[nodiscard]] bool critical(std::size_t i) const { return config.series[i].critical; }
  [[nodiscard]] bool is_event(std::size_t i) const {
    return config.series[i].kind == SeriesKind::event;
  }
  [[nodiscard]] bool is_full_weight() const { return frame.weight_ppm == full_weight_ppm; }
  [[nodiscard]] std::uint32_t persist() const { return static_cast<std::uint32_t>(config.persist); }
};

// A division, not a product: 29 of 100 is exactly 29 %, but 0.29 * 100 is less than 29.
bool is_above(std::uint64_t bad, std::uint64_t all, double limit) {
  return all > 0 && static_cast<double>(bad) / static_cast<double>(all) > limit;
}

SequentialFacts facts_of(const EstimateSums& sums) {
  return {.requests = sums.requests, .bad = sums.bad, .expected = sums.expected};
}

SequentialFacts facts_of(const Counts& counts) {
  return {.requests = counts.n,
          .bad = counts.x,
          .baseline_requests = counts.m,
          .baseline_bad = counts.y};
}

Counts sum_of(const Counts& a, const Counts& b) {
  return {.n = a.n + b.n, .x = a.x + b.x, .m = a.m + b.m, .y = a.y + b.y};
}

// --- panic ---

std::optional<Counts> panic_of(const View& view, std::size_t i) {
  const SeriesState& state = view.now.series[i];
  // Pods that warm up may answer badly for a moment: one scrape more.
  const std::uint32_t needed = state.recent[0].has_young || state.recent[1].has_young ? 3 : 2;
  Counts sum;
  for (std::uint32_t k = 0; k < needed; ++k) {
    const Counts& counts = state.recent[k].counts;
    if (counts.n == 0 || 2 * counts.x < counts.n) return std::nullopt;
    sum = sum_of(sum, counts);
  }
  if (sum.n < panic_requests_min || sum.m == 0 || 20 * sum.y >= sum.m) return std::nullopt;
  if (state.panic.ln_evidence < view.constants.series[i].panic_proof) return std::nullopt;
  return sum;
}

std::optional<Finding> find_panic(const View& view) {
  if (!view.config.panic) return std::nullopt;
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i) || view.config.series[i].kind != SeriesKind::error_share) continue;
    if (const auto sum = panic_of(view, i))
      return Finding{.reason = VerdictReason::panic, .culprit = i, .facts = facts_of(*sum)};
  }
  return std::nullopt;
}

// --- the pair rule ---

// The window of the numbers: since the start that contributes most.
SequentialFacts window_of(const View& view, std::size_t i) {
  const SeriesState& state = view.now.series[i];
  const auto prior = std::span(worse_grid().ln_prior).first<worse_effects>();
  const std::uint32_t slot = state.worse.strongest_slot(prior, view.constants.series[i].curve);
  const EstimateSums& start = state.at_start[slot];
  return {.requests = state.analysis.requests - start.requests,
          .bad = state.analysis.bad - start.bad,
          .expected = state.analysis.expected - start.expected};
}

bool is_proved(const View& view, const Pool& pool, std::uint32_t agreeing) {
  return !pool.empty && pool.ln_evidence >= view.constants.proof && agreeing >= view.persist();
}

std::optional<Finding> find_worse(const View& view) {
  const Pool& pool = view.pools.deciding;
  if (!is_proved(view, pool, view.now.agreeing)) return std::nullopt;
  return Finding{.reason = view.config.strict_tolerance ? VerdictReason::proved_beyond_tolerance
                                                        : VerdictReason::proved_worse,
                 .culprit = pool.culprit,
                 .facts = window_of(view, pool.culprit)};
}

bool is_inside(const EstimateSums& sums, const Tolerance& tolerance) {
  return static_cast<double>(sums.bad) <=
         tolerance.rho * sums.expected + tolerance.delta * static_cast<double>(sums.requests);
}

std::optional<Finding> find_recurring(const View& view) {
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    const SeriesState& state = view.now.series[i];
    if (!view.critical(i) || state.recurrence.runs < recurring_runs) continue;
    if (is_inside(state.analysis, view.config.series[i].tolerance)) continue;
    return Finding{
        .reason = VerdictReason::recurring, .culprit = i, .facts = facts_of(state.analysis)};
  }
  return std::nullopt;
}

// --- absolute limits ---

// Both arms over the last `persist` frames.
Counts recent_of(const View& view, std::size_t gate) {
  const GateState& state = view.now.gates[gate];
  Counts sum;
  for (std::uint32_t k = 0; k < view.persist(); ++k) sum = sum_of(sum, state.recent[k]);
  return sum;
}

std::optional<Finding> find_below_limit(const View& view) {
  const Pool& pool = view.pools.gates;
  if (!is_proved(view, pool, view.now.gates_agreeing)) return std::nullopt;
  const GateSettings& gate = view.config.gates[pool.culprit];
  const Counts recent = recent_of(view, pool.culprit);
  if (!is_above(recent.x, recent.n, gate.limit) || is_above(recent.y, recent.m, gate.limit))
    return std::nullopt;
  return Finding{.reason = VerdictReason::proved_below_threshold,
                 .culprit = gate.series,
                 .facts = facts_of(view.now.gates[pool.culprit].analysis)};
}

std::optional<Finding> find_both_unhealthy(const View& view) {
  for (std::size_t i = 0; i < view.config.gates.size(); ++i) {
    const GateSettings& gate = view.config.gates[i];
    const Counts recent = recent_of(view, i);
    if (is_above(recent.x, recent.n, gate.limit) && is_above(recent.y, recent.m, gate.limit)) {
      return Finding{.reason = VerdictReason::both_unhealthy,
                     .culprit = gate.series,
                     .facts = facts_of(recent)};
    }
  }
  return std::nullopt;
}

bool is_estimate_bad(const GateState& state, double limit) {
  return is_above(state.analysis.x, state.analysis.n, limit) ||
         is_above(state.step.x, state.step.n, limit);
}

std::optional<Finding> find_estimate_below(const View& view) {
  for (std::size_t i = 0; i < view.config.gates.size(); ++i) {
    const GateSettings& gate = view.config.gates[i];
    if (is_estimate_bad(view.now.gates[i], gate.limit)) {
      return Finding{.reason = VerdictReason::below_threshold,
                     .culprit = gate.series,
                     .facts = facts_of(view.now.gates[i].analysis)};
    }
  }
  return std::nullopt;
}

// The end is never weaker than the simple rule, but a handful of requests proves nothing.
std::optional<Finding> find_failed_check(const View& view) {
  for (std::size_t i = 0; i < view.config.gates.size(); ++i) {
    const GateSettings& gate = view.config.gates[i];
    const GateState& state = view.now.gates[i];
    const Counts& sum = state.analysis;
    if (sum.n < check_requests_min || state.bad.ln_evidence <= rounding_nats) continue;
    if (is_above(sum.x, sum.n, gate.limit) && !is_above(sum.y, sum.m, gate.limit)) {
      return Finding{
          .reason = VerdictReason::threshold_check, .culprit = gate.series, .facts = facts_of(sum)};
    }
  }
  return std::nullopt;
}

// --- values ---

std::optional<Finding> find_breach(const View& view) {
  for (std::size_t i = 0; i < view.now.breaches.size(); ++i) {
    const auto& breaches = view.now.breaches[i];
    if (std::ranges::count(breaches, 1) >= value_breaches_min)
      return Finding{.reason = VerdictReason::value_breach, .culprit = i};
  }
  return std::nullopt;
}

// --- passing ---

// A pass of any kind is not given against evidence that the canary is beyond the tolerance.
std::optional<std::size_t> series_beyond_tolerance(const View& view) {
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (view.critical(i) && view.now.series[i].intolerable.ln_evidence > rounding_nats) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> series_outside_tolerance(const View& view) {
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i)) continue;
    const Tolerance& tolerance = view.config.series[i].tolerance;
    const SeriesState& state = view.now.series[i];
    if (!is_inside(state.analysis, tolerance) || !is_inside(state.step, tolerance)) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> series_with_few(const View& view) {
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i)) continue;
    const StepTotals& totals = view.now.series[i].totals;
    if (totals.requests < step_requests_min) return i;
    // At 100 % there is no baseline any more; limits and pod events decide.
    if (!view.is_full_weight() && totals.baseline_requests < step_requests_min) return i;
  }
  return std::nullopt;
}

bool is_series_healthy(const View& view, std::size_t i) {
  const SeriesState& state = view.now.series[i];
  if (view.is_event(i)) return is_inside(state.step, {});
  return state.healthy.ln_evidence >= view.constants.healthy_proof &&
         state.healthy_step.ln_evidence >= 0 && state.totals.requests >= step_requests_min &&
         state.totals.baseline_requests >= step_requests_min;
}

bool is_proved_healthy(const View& view) {
  bool any_share = false;
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i)) continue;
    if (!is_series_healthy(view, i)) return false;
    any_share = any_share || !view.is_event(i);
  }
  for (const GateState& gate : view.now.gates) {
    if (gate.good.ln_evidence < view.constants.healthy_proof) return false;
  }
  return any_share && !series_beyond_tolerance(view);
}

// --- silence ---

std::optional<Finding> find_silent_canary(const View& view) {
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    const Silence& silence = view.now.series[i].canary_silence;
    if (!view.critical(i) || view.is_event(i)) continue;
    if (silence.intervals < view.constants.quiet_intervals) continue;
    double expected = 0;
    if (!view.is_full_weight()) {
      const auto weight = static_cast<double>(view.frame.weight_ppm);
      expected = static_cast<double>(silence.other_arm) * weight /
                 (static_cast<double>(full_weight_ppm) - weight);
      if (expected < quiet_expected_min) continue;
    }
    return Finding{.reason = VerdictReason::no_canary_traffic,
                   .culprit = i,
                   .facts = {.quiet_intervals = silence.intervals, .quiet_expected = expected}};
  }
  return std::nullopt;
}

std::optional<Finding> find_silent_baseline(const View& view) {
  if (view.is_full_weight()) return std::nullopt;
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    const Silence& silence = view.now.series[i].baseline_silence;
    if (!view.critical(i) || view.is_event(i)) continue;
    if (silence.intervals < view.constants.quiet_intervals) continue;
    return Finding{.reason = VerdictReason::no_baseline_traffic,
                   .culprit = i,
                   .facts = {.requests = silence.other_arm, .quiet_intervals = silence.intervals}};
  }
  return std::nullopt;
}

// --- what the caller asked for ---

bool is_warming_up(const View& view) {
  if (view.now.pair_starts.begun) return false;
  return !(view.is_full_weight() && view.now.gate_starts.begun);
}

Finding about(const View& view, VerdictReason reason, std::size_t series) {
  return {.reason = reason, .culprit = series, .facts = facts_of(view.now.series[series].analysis)};
}

// Why no interval has had both versions yet: pods are young, or nobody comes to the canary. Of the
// series whose canary was asked last.
Finding about_beginning(const View& view) {
  const auto silence_of = [&](std::size_t i) -> const Silence& {
    return view.now.series[i].canary_silence;
  };
  std::optional<std::size_t> last_asked;
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i) || view.is_event(i)) continue;
    if (!last_asked || silence_of(i).intervals < silence_of(*last_asked).intervals) last_asked = i;
  }
  if (!last_asked) return about(view, VerdictReason::warming_up, 0);
  Finding finding = about(view, VerdictReason::warming_up, *last_asked);
  finding.facts.quiet_intervals = silence_of(*last_asked).intervals;
  finding.facts.baseline_requests = silence_of(*last_asked).other_arm;
  return finding;
}

bool is_worse_but_tolerated(const View& view) {
  return is_proved(view, view.pools.shown, view.now.agreeing_shown);
}

// What stands in the way of a pass before the estimates are looked at; empty: nothing.
std::optional<Finding> find_obstacle(const View& view) {
  if (auto finding = find_silent_canary(view)) return finding;
  if (auto finding = find_silent_baseline(view)) return finding;
  if (is_warming_up(view)) return about_beginning(view);
  if (auto finding = find_both_unhealthy(view)) return finding;
  return find_estimate_below(view);
}

std::optional<Finding> find_doubt(const View& view) {
  if (const auto few = series_with_few(view))
    return about(view, VerdictReason::too_few_requests, *few);
  if (const auto outside = series_outside_tolerance(view))
    return about(view, VerdictReason::outside_tolerance, *outside);
  if (const auto beyond = series_beyond_tolerance(view))
    return about(view, VerdictReason::outside_tolerance, *beyond);
  return std::nullopt;
}

SequentialVerdict verdict_of(const View& view, Outcome outcome, const Finding& finding) {
  SequentialVerdict verdict{.outcome = outcome,
                            .reason = finding.reason,
                            .culprit = finding.culprit,
                            .ln_evidence = view.pools.shown.ln_evidence,
                            .ln_needed = view.constants.proof,
                            .facts = finding.facts};
  verdict.facts.agreeing = view.now.agreeing;
  verdict.facts.intervals = view.now.intervals;
  bool first = true;
  for (std::size_t i = 0; i < view.now.series.size(); ++i) {
    if (!view.critical(i) || view.is_event(i)) continue;
    const double healthy = view.now.series[i].healthy.ln_evidence;
    if (first || healthy < verdict.ln_healthy) verdict.ln_healthy = healthy;
    first = false;
  }
  return verdict;
}

std::optional<Finding> find_failure(const View& view) {
  if (auto finding = find_panic(view)) return finding;
  if (auto finding = find_worse(view)) return finding;
  if (auto finding = find_recurring(view)) return finding;
  if (auto finding = find_below_limit(view)) return finding;
  if (view.config.both_unhealthy_rollback) {
    if (auto finding = find_both_unhealthy(view)) {
      finding->reason = VerdictReason::both_unhealthy_rollback;
      return finding;
    }
  }
  return find_breach(view);
}

SequentialVerdict answer(const View& view) {
  if (view.frame.ask == Ask::final && !find_both_unhealthy(view)) {
    if (const auto finding = find_failed_check(view))
      return verdict_of(view, Outcome::fail, *finding);
  }
  if (const auto obstacle = find_obstacle(view))
    return verdict_of(view, Outcome::inconclusive, *obstacle);
  const auto doubt = find_doubt(view);
  const std::size_t series = view.pools.shown.culprit;
  const bool proof_missing = view.frame.ask == Ask::final && view.config.require_proof;
  if (!doubt && view.frame.ask != Ask::tick && !proof_missing)
    return verdict_of(view, Outcome::pass, about(view, VerdictReason::within_tolerance, series));
  // A difference that is proved but tolerated stands in no one's way; it is named before doubts.
  if (is_worse_but_tolerated(view)) {
    return verdict_of(view, Outcome::inconclusive,
                      about(view, VerdictReason::worse_within_tolerance, series));
  }
  return verdict_of(view, Outcome::inconclusive,
                    doubt ? *doubt : about(view, VerdictReason::collecting, series));
}

}  // namespace

SequentialVerdict decide(const SequentialConfig& config, const RuleConstants& constants,
                         const RuleState& now, const Pools& pools, const SeriesFrame& frame) {
  const View view{config, constants, now, pools, frame};
  if (const auto failure = find_failure(view)) return verdict_of(view, Outcome::fail, *failure);
  if (!find_both_unhealthy(view) && !find_silent_canary(view) && is_proved_healthy(view)) {
    return verdict_of(view, Outcome::pass,
                      about(view, VerdictReason::proved_healthy, pools.shown.culprit));
  }
  return answer(view);
}

}  // namespace kai::core
