#include "core/judge/sequential.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/dispersion.h"
#include "core/judge/effects.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/mixture.h"
#include "core/judge/portable_math.h"
#include "core/judge/recurrence.h"
#include "core/judge/sequential_state.h"
#include "core/judge/starts.h"
#include "core/judge/verdict.h"

namespace kai::core {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::uint64_t count_max = std::uint64_t{1} << 53;  // above it a double is not exact
constexpr std::size_t series_max = 4096;
constexpr std::uint64_t planned_intervals_max = 1'000'000;
constexpr std::uint32_t recurrence_window_min = 8;
constexpr double weights_off_max = 1e-9;

bool is_chance(double value) { return value > 0 && value <= 0.2; }

bool is_tolerance(const Tolerance& tolerance) {
  return tolerance.rho >= 1 && tolerance.delta >= 0 && std::isfinite(tolerance.rho) &&
         std::isfinite(tolerance.delta);
}

bool is_weight(double weight) { return weight > 0 && weight <= 1; }

std::string mistake_in(const SeriesSettings& series) {
  if (!is_tolerance(series.tolerance) || !is_tolerance(series.promise))
    return series.name + ": a tolerance needs a factor of at least 1 and no negative part";
  if (!is_weight(series.weight)) return series.name + ": its weight is not above 0 and at most 1";
  if (auto curve = DispersionCurve::create(series.dispersion); !curve)
    return series.name + ": " + curve.error().message;
  return {};
}

std::string mistake_in(const SequentialConfig& config, const GateSettings& gate) {
  if (gate.series >= config.series.size()) return "a limit on a series that is not there";
  const SeriesSettings& series = config.series[gate.series];
  if (series.kind == SeriesKind::event) return series.name + ": events have no share to limit";
  if (!(gate.limit >= 1e-6 && gate.limit <= 0.9))
    return fmt::format("{}: limit {} is outside 0.000001 to 0.9", series.name, gate.limit);
  if (!is_weight(gate.weight)) return series.name + ": weight of its limit is outside 0 to 1";
  return {};
}

std::string mistake_in_weights(const SequentialConfig& config) {
  double critical = 0, gates = 0;
  bool any = false;
  for (const SeriesSettings& series : config.series) {
    if (!series.critical) continue;
    any = true;
    critical += series.weight;
  }
  if (!any) return "no critical series: an empty list is never healthy";
  if (std::fabs(critical - 1) > weights_off_max)
    return fmt::format("weights of the critical series sum to {}, not to 1", critical);
  for (const GateSettings& gate : config.gates) gates += gate.weight;
  if (!config.gates.empty() && std::fabs(gates - 1) > weights_off_max)
    return fmt::format("weights of the limits sum to {}, not to 1", gates);
  return {};
}

std::string mistake_in(const SequentialConfig& config) {
  if (!is_chance(config.alpha) || !is_chance(config.beta))
    return "the chance of a false alarm must be above 0 and at most 0.2";
  if (config.persist < 2 || config.persist > static_cast<int>(persist_max))
    return "2 to 12 scrapes can agree";
  if (config.planned_intervals < 1 || config.planned_intervals > planned_intervals_max)
    return "1 to 1000000 intervals can be planned";
  if (config.interval < seconds(1) || config.interval > std::chrono::minutes(15))
    return "an interval is 1 s to 15 min long";
  if (config.series.size() > series_max || config.gates.size() > series_max)
    return "more than 4096 series";
  for (const SeriesSettings& series : config.series) {
    if (std::string mistake = mistake_in(series); !mistake.empty()) return mistake;
  }
  for (const GateSettings& gate : config.gates) {
    if (std::string mistake = mistake_in(config, gate); !mistake.empty()) return mistake;
  }
  return mistake_in_weights(config);
}

// Intervals that cover `time`, rounded up.
std::uint64_t intervals_in(Duration time, Duration interval) {
  const auto whole = duration_cast<nanoseconds>(time).count();
  const auto one = duration_cast<nanoseconds>(interval).count();
  return static_cast<std::uint64_t>((whole + one - 1) / one);
}

SeriesConstants constants_of(const SequentialConfig& config, const SeriesSettings& series,
                             double proof, double panic_proof) {
  SeriesConstants constants{.curve = DispersionCurve::create(series.dispersion).value()};
  // A series outside the pool is capped as if it were the only one.
  const double weight = series.critical ? series.weight : 1.0;
  constants.ln_weight = ln_of(weight);
  constants.cap = scrape_cap(proof, weight, config.persist);
  constants.panic_proof = panic_proof + ln_of(1.0 / weight);
  constants.first_dispersion = constants.curve.at(1);
  return constants;
}

RuleConstants constants_of(const SequentialConfig& config) {
  RuleConstants constants{.proof = proof_at(config.alpha),
                          .healthy_proof = proof_at(config.beta),
                          .striking = proof_at(config.alpha / 10.0)};
  constants.healthy_cap = scrape_cap(constants.healthy_proof, 1.0, config.persist);
  constants.plan = plan_starts(config.planned_intervals, config.planned_steps,
                               intervals_in(seconds(60), config.interval));
  constants.recurrence_window = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(intervals_in(std::chrono::minutes(15), config.interval),
                                recurrence_window_min, Recurrence::window_max));
  constants.quiet_intervals = intervals_in(std::chrono::minutes(2), config.interval);
  constants.flat_prior.fill(-ln_of(static_cast<double>(worse_effects)));
  for (const SeriesSettings& series : config.series)
    constants.series.push_back(constants_of(config, series, constants.proof, constants.striking));
  for (const GateSettings& gate : config.gates) {
    constants.gates.push_back({.above = shares_above(gate.limit),
                               .below = shares_below(gate.limit),
                               .ln_weight = ln_of(gate.weight),
                               .cap = scrape_cap(constants.proof, gate.weight, config.persist)});
  }
  return constants;
}

bool is_possible(const Counts& counts, SeriesKind kind) {
  if (counts.n >= count_max || counts.x >= count_max || counts.m >= count_max ||
      counts.y >= count_max)
    return false;
  return kind == SeriesKind::event || (counts.x <= counts.n && counts.y <= counts.m);
}

bool is_possible(const SequentialConfig& config, const SeriesFrame& frame) {
  if (frame.span == 0 || frame.weight_ppm > 1'000'000) return false;
  if (!(frame.load_ratio >= 1) || !std::isfinite(frame.load_ratio)) return false;
  if (frame.series.size() != config.series.size()) return false;
  if (!frame.young.empty() && frame.young.size() != config.series.size()) return false;
  if (frame.values.size() != config.values.size()) return false;
  for (std::size_t i = 0; i < frame.series.size(); ++i) {
    if (!is_possible(frame.series[i], config.series[i].kind)) return false;
    if (!frame.young.empty() && !is_possible(frame.young[i], config.series[i].kind)) return false;
  }
  return true;
}

}  // namespace

SequentialRule::SequentialRule(std::unique_ptr<State> state) : state_(std::move(state)) {}
SequentialRule::SequentialRule(SequentialRule&&) noexcept = default;
SequentialRule& SequentialRule::operator=(SequentialRule&&) noexcept = default;
SequentialRule::~SequentialRule() = default;

Result<SequentialRule> SequentialRule::create(const SequentialConfig& config) {
  if (const std::string mistake = mistake_in(config); !mistake.empty())
    return fail(ErrorKind::rejected, "judge: " + mistake);
  auto state = std::make_unique<State>(State{.config = config, .constants = constants_of(config)});
  state->now.series.resize(config.series.size());
  state->now.gates.resize(config.gates.size());
  state->now.breaches.resize(config.values.size());
  state->now.last.ln_needed = state->constants.proof;
  const std::size_t pooled = std::max(config.series.size(), config.gates.size());
  state->scratch.resize((pooled + lanes - 1) / lanes * lanes);
  return SequentialRule(std::move(state));
}

SequentialVerdict SequentialRule::observe(const SeriesFrame& frame) noexcept {
  RuleState& now = state_->now;
  const bool failed = now.last.outcome == Outcome::fail;
  if (now.seen && frame.sequence <= now.last_sequence) return now.last;
  if (!is_possible(state_->config, frame)) {
    if (failed) return now.last;
    SequentialVerdict refused = now.last;
    refused.outcome = Outcome::inconclusive;
    refused.reason = VerdictReason::rejected_input;
    return refused;
  }
  now.seen = true;
  now.last_sequence = frame.sequence;
  const Pools pools = update(state_->config, state_->constants, now, state_->scratch, frame);
  if (!failed) now.last = decide(state_->config, state_->constants, now, pools, frame);
  return now.last;
}

std::uint64_t SequentialRule::last_sequence() const { return state_->now.last_sequence; }
const SequentialVerdict& SequentialRule::last() const { return state_->now.last; }

SequentialRule::Evidence SequentialRule::evidence_of(std::size_t series) const {
  const SeriesState& state = state_->now.series[series];
  return {.worse = state.worse.ln_evidence,
          .intolerable = state.intolerable.ln_evidence,
          .healthy = state.healthy.ln_evidence,
          .healthy_step = state.healthy_step.ln_evidence,
          .panic = state.panic.ln_evidence,
          .forfeited = state.forfeited};
}

SequentialRule::GateEvidence SequentialRule::gate_evidence_of(std::size_t gate) const {
  const GateState& state = state_->now.gates[gate];
  return {.bad = state.bad.ln_evidence, .good = state.good.ln_evidence};
}

SequentialRule::Estimate SequentialRule::estimate_of(std::size_t series) const {
  const EstimateSums& sums = state_->now.series[series].analysis;
  return {.requests = sums.requests, .bad = sums.bad, .expected = sums.expected};
}

}  // namespace kai::core
