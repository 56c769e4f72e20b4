// A frame's way into the accumulators of the sequential rule.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "core/judge/dispersion.h"
#include "core/judge/effects.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/mixture.h"
#include "core/judge/portable_math.h"
#include "core/judge/sequential.h"
#include "core/judge/sequential_state.h"

namespace kai::core {
namespace {

constexpr double nothing = -1e300;  // fills the lanes that a pool does not use

// What all series of one frame share.
struct Step {
  double age;             // span * load ratio
  double opening_weight;  // 0: no slot opens
  double unstarted;
};

void add(EstimateSums& sums, const Counts& counts) {
  if (counts.m == 0) return;
  sums.requests += counts.n;
  sums.bad += counts.x;
  sums.expected +=
      static_cast<double>(counts.n) * static_cast<double>(counts.y) / static_cast<double>(counts.m);
}

void add(Counts& sums, const Counts& counts) {
  sums.n += counts.n;
  sums.x += counts.x;
  sums.m += counts.m;
  sums.y += counts.y;
}

template <class Item, std::size_t size>
void push_front(std::array<Item, size>& items, const Item& newest) {
  std::copy_backward(items.begin(), items.end() - 1, items.end());
  items[0] = newest;
}

void observe(Silence& silence, std::uint64_t own, std::uint64_t other, std::uint32_t span) {
  if (own > 0) {
    silence = {};
    return;
  }
  silence.intervals += span;
  silence.other_arm += other;
}

// The panic process has one start, at the very first frame, takes young pods in and has no cap.
void observe_panic(SeriesState& state, const SeriesConstants& constants, const Counts& counts,
                   const Counts& young, double age) {
  Counts all = counts;
  all.n += young.n;
  all.x += young.x;
  std::array<double, worse_effects> gain;
  pair_evidence(all, {}, worse_grid(), gain);
  state.panic.observe(gain, worse_grid().ln_prior, age, std::numeric_limits<double>::infinity(),
                      constants.curve);
  push_front(state.recent, PanicFrame{.counts = all, .has_young = young.n > 0});
}

// Evidence of this frame alone, over all effects.
double striking_of(std::span<const double, worse_effects> gain, double dispersion) {
  std::array<double, worse_effects> terms;
  for (std::size_t j = 0; j < worse_effects; ++j)
    terms[j] = worse_grid().ln_prior[j] + gain[j] / dispersion;
  return ln_sum_exp(terms);
}

// Where the sums stood when each slot opened: the window of the numbers that are shown.
void keep_starts(SeriesState& state, const Mixture::Done& done, bool opened) {
  if (done.dropped) {
    std::copy(state.at_start.begin() + *done.dropped + 1, state.at_start.end(),
              state.at_start.begin() + *done.dropped);
  }
  if (opened) state.at_start[state.worse.open - 1] = state.analysis;
}

void observe_pair(const SeriesSettings& settings, const SeriesConstants& constants,
                  const RuleConstants& rule, SeriesState& state, const Counts& counts,
                  const Step& step) {
  const auto prior = std::span(worse_grid().ln_prior).first<worse_effects>();
  std::array<double, worse_effects> gain;
  pair_evidence(counts, {}, worse_grid(), gain);
  const MixtureFrame strict{.gain = gain,
                            .ln_prior = prior,
                            .age = step.age,
                            .opening_weight = step.opening_weight,
                            .unstarted = step.unstarted,
                            .cap = constants.cap};
  const Mixture::Done done = state.worse.observe(strict, constants.curve);
  state.forfeited = done.forfeited;
  keep_starts(state, done, step.opening_weight > 0);
  if (counts.n > 0 && counts.m > 0) {
    state.recurrence.observe(striking_of(gain, constants.first_dispersion) >= rule.striking,
                             rule.recurrence_window);
  }
  std::array<double, worse_effects> beyond;
  pair_evidence(counts, settings.tolerance, worse_grid(), beyond);
  MixtureFrame tolerant = strict;
  tolerant.gain = beyond;
  state.intolerable.observe(tolerant, constants.curve);
  std::array<double, healthier_effects> promise;
  pair_evidence(counts, settings.promise, healthier_grid(), promise);
  state.healthy.observe(promise, healthier_grid().ln_prior, step.age, rule.healthy_cap,
                        constants.curve);
  state.healthy_step.observe(promise, healthier_grid().ln_prior, step.age, rule.healthy_cap,
                             constants.curve);
  add(state.analysis, counts);
  add(state.step, counts);
}

void begin_step(RuleState& now) {
  for (SeriesState& state : now.series) {
    state.healthy_step = {};
    state.step = {};
    state.totals = {};
  }
  for (GateState& state : now.gates) state.step = {};
}

void observe_gate(const GateConstants& constants, const DispersionCurve& curve,
                  const RuleConstants& rule, GateState& state, const Counts& counts,
                  const Step& step) {
  std::array<double, worse_effects> gain;
  limit_evidence(counts.x, counts.n, constants.above, gain);
  state.bad.observe({.gain = gain,
                     .ln_prior = rule.flat_prior,
                     .age = step.age,
                     .opening_weight = step.opening_weight,
                     .unstarted = step.unstarted,
                     .cap = constants.cap},
                    curve);
  limit_evidence(counts.x, counts.n, constants.below, gain);
  state.good.observe(gain, rule.flat_prior, step.age, rule.healthy_cap, curve);
  add(state.analysis, counts);
  add(state.step, counts);
  push_front(state.recent, counts);
}

void observe_value(std::array<std::uint8_t, 5>& breaches, double limit, double value) {
  if (std::isnan(value)) return;
  push_front(breaches, static_cast<std::uint8_t>(value > limit ? 1 : 0));
}

// ln of the weighted sum of the evidence of those that take part, as `part_of` says.
template <class Evidence>
Pool pool(std::span<double> scratch, std::size_t count, Evidence part_of) {
  Pool result;
  std::ranges::fill(scratch, nothing);
  for (std::size_t i = 0; i < count; ++i) {
    const double part = part_of(i);
    if (part == nothing) continue;
    if (result.empty || part > scratch[result.culprit]) result.culprit = i;
    result.empty = false;
    scratch[i] = part;
  }
  result.ln_evidence = result.empty ? nothing : ln_sum_exp(scratch);
  return result;
}

Pools pools_of(const SequentialConfig& config, const RuleConstants& constants, const RuleState& now,
               std::span<double> scratch) {
  const auto weighted = [&](std::size_t i, double ln_evidence) {
    return config.series[i].critical ? constants.series[i].ln_weight + ln_evidence : nothing;
  };
  Pools pools;
  pools.shown = pool(scratch, now.series.size(),
                     [&](std::size_t i) { return weighted(i, now.series[i].worse.ln_evidence); });
  pools.deciding = pool(scratch, now.series.size(), [&](std::size_t i) {
    const SeriesState& state = now.series[i];
    if (config.strict_tolerance) return weighted(i, state.intolerable.ln_evidence);
    // A difference that the user accepts must not hide another series' behind its own size.
    return state.intolerable.ln_evidence >= 0 ? weighted(i, state.worse.ln_evidence) : nothing;
  });
  pools.gates = pool(scratch, now.gates.size(), [&](std::size_t i) {
    return constants.gates[i].ln_weight + now.gates[i].bad.ln_evidence;
  });
  return pools;
}

void count_agreement(std::uint32_t& agreeing, const Pool& pool) {
  agreeing = !pool.empty && pool.ln_evidence > rounding_nats ? agreeing + 1 : 0;
}

struct Seen {
  bool pair = false;           // both arms in some series
  bool critical_pair = false;  // in a critical one
  bool gate = false;           // the canary in a series with a limit
};

Seen look(const SequentialConfig& config, const SeriesFrame& frame) {
  Seen seen;
  for (std::size_t i = 0; i < frame.series.size(); ++i) {
    if (frame.series[i].n == 0 || frame.series[i].m == 0) continue;
    seen.pair = true;
    if (config.series[i].critical) seen.critical_pair = true;
  }
  for (const GateSettings& gate : config.gates) {
    if (frame.series[gate.series].n > 0) seen.gate = true;
  }
  return seen;
}

void update_always(const RuleConstants& constants, RuleState& now, const SeriesFrame& frame,
                   double age) {
  for (std::size_t i = 0; i < now.series.size(); ++i) {
    const Counts& counts = frame.series[i];
    const Counts young = frame.young.empty() ? Counts{} : frame.young[i];
    SeriesState& state = now.series[i];
    observe_panic(state, constants.series[i], counts, young, age);
    observe(state.canary_silence, counts.n + young.n, counts.m, frame.span);
    observe(state.baseline_silence, counts.m, counts.n + young.n, frame.span);
  }
}

// A step's own traffic, from the first interval on that counts for the pair or for a limit.
void add_totals(RuleState& now, const SeriesFrame& frame) {
  if (!now.pair_starts.begun && !now.gate_starts.begun) return;
  for (std::size_t i = 0; i < now.series.size(); ++i) {
    now.series[i].totals.requests += frame.series[i].n;
    now.series[i].totals.baseline_requests += frame.series[i].m;
  }
}

}  // namespace

Pools update(const SequentialConfig& config, const RuleConstants& constants, RuleState& now,
             std::span<double> scratch, const SeriesFrame& frame) {
  const Seen seen = look(config, frame);
  const double age = static_cast<double>(frame.span) * frame.load_ratio;
  if (frame.step_started) begin_step(now);
  update_always(constants, now, frame, age);
  if (seen.pair && !now.pair_starts.begun) now.intervals = 0;
  now.intervals += frame.span;
  if (now.pair_starts.begun || seen.pair) {
    const double opening = now.pair_starts.advance(constants.plan, frame.span, frame.step_started);
    const Step step{age, opening, now.pair_starts.unstarted};
    for (std::size_t i = 0; i < now.series.size(); ++i) {
      observe_pair(config.series[i], constants.series[i], constants, now.series[i], frame.series[i],
                   step);
    }
  }
  if (now.gate_starts.begun || seen.gate) {
    const double opening = now.gate_starts.advance(constants.plan, frame.span, frame.step_started);
    const Step step{age, opening, now.gate_starts.unstarted};
    for (std::size_t i = 0; i < now.gates.size(); ++i) {
      const std::size_t series = config.gates[i].series;
      observe_gate(constants.gates[i], constants.series[series].curve, constants, now.gates[i],
                   frame.series[series], step);
    }
  }
  for (std::size_t i = 0; i < now.breaches.size(); ++i) {
    observe_value(now.breaches[i], config.values[i].limit, frame.values[i].canary);
  }
  add_totals(now, frame);
  const Pools pools = pools_of(config, constants, now, scratch);
  if (seen.critical_pair) {
    count_agreement(now.agreeing, pools.deciding);
    count_agreement(now.agreeing_shown, pools.shown);
  }
  if (seen.gate) count_agreement(now.gates_agreeing, pools.gates);
  return pools;
}

}  // namespace kai::core
