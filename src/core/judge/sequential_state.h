// What the sequential rule keeps between frames, and what it computes once. Internal to the rule.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/judge/mixture.h"
#include "core/judge/recurrence.h"
#include "core/judge/sequential.h"
#include "core/judge/starts.h"

namespace kai::core {

inline constexpr std::size_t persist_max = 12;

// Evidence that is above 1 only by rounding is none: where nothing was counted, weights and priors
// sum to 1 up to a few 1e-16.
inline constexpr double rounding_nats = 1e-9;

// --- computed in create, never changed ---

struct SeriesConstants {
  DispersionCurve curve;
  double ln_weight = 0;         // of the pool
  double cap = 0;               // of the upward processes
  double panic_proof = 0;       // ln P from here on is a panic
  double first_dispersion = 1;  // at age 1, for a single frame
};

struct GateConstants {
  LimitGrid above;
  LimitGrid below;
  double ln_weight = 0;
  double cap = 0;
};

struct RuleConstants {
  double proof = 0;          // ln(1/alpha + 1)
  double healthy_proof = 0;  // ln(1/beta + 1)
  double healthy_cap = 0;    // of the clipped processes
  double striking = 0;       // ln(10/alpha + 1): a single frame that counts for `recurring`
  StartPlan plan;
  std::uint32_t recurrence_window = 0;             // frames in 15 minutes
  std::uint64_t quiet_intervals = 0;               // intervals in two minutes
  std::array<double, worse_effects> flat_prior{};  // ln(1/24), of the gates
  std::vector<SeriesConstants> series;
  std::vector<GateConstants> gates;
};

// --- state: every field is in the snapshot ---

// Sums over the frames with baseline requests.
struct EstimateSums {
  std::uint64_t requests = 0;
  std::uint64_t bad = 0;
  double expected = 0;  // sum of n y / m
};

struct StepTotals {
  std::uint64_t requests = 0;
  std::uint64_t baseline_requests = 0;
};

struct PanicFrame {
  Counts counts;  // young canary requests included
  bool has_young = false;
};

// Frames since an arm was last seen.
struct Silence {
  std::uint64_t intervals = 0;
  std::uint64_t other_arm = 0;  // requests of the other arm in that time
};

struct SeriesState {
  Mixture worse;
  Mixture intolerable;
  std::array<EstimateSums, slots_max> at_start;  // of `worse`: `analysis` when a slot opened
  PlainMixture<healthier_effects> healthy;
  PlainMixture<healthier_effects> healthy_step;
  PlainMixture<worse_effects> panic;
  EstimateSums analysis;
  EstimateSums step;
  StepTotals totals;
  std::array<PanicFrame, 3> recent;  // newest first
  Recurrence recurrence;
  Silence canary_silence;
  Silence baseline_silence;
  double forfeited = 0;
};

struct GateState {
  Mixture bad;
  PlainMixture<worse_effects> good;
  Counts analysis;
  Counts step;
  std::array<Counts, persist_max> recent;  // newest first
};

struct RuleState {
  bool seen = false;
  std::uint64_t last_sequence = 0;
  std::uint64_t intervals = 0;  // since the first frame; since position 0 once that has come
  Starts pair_starts;
  Starts gate_starts;
  std::uint32_t agreeing = 0;        // frames in a row whose deciding pool is above 1
  std::uint32_t agreeing_shown = 0;  // the same for the pool of all critical series
  std::uint32_t gates_agreeing = 0;
  std::vector<SeriesState> series;
  std::vector<GateState> gates;
  std::vector<std::array<std::uint8_t, 5>> breaches;  // per value metric, newest first: 1 = beyond
  SequentialVerdict last;
};

struct SequentialRule::State {
  SequentialConfig config;
  RuleConstants constants;
  RuleState now;
  std::vector<double> scratch;  // one pool's terms, padded to whole lanes
};

// A pool's evidence and who contributes most to it.
struct Pool {
  double ln_evidence = 0;
  std::size_t culprit = 0;
  bool empty = true;  // nobody takes part: evidence 0
};

// The pools of one frame, as decided on.
struct Pools {
  Pool shown;     // all critical series
  Pool deciding;  // those not proved to be inside the tolerance, or the strict pool
  Pool gates;
};

// Adds the frame to every accumulator. sequential_update.cc
Pools update(const SequentialConfig& config, const RuleConstants& constants, RuleState& now,
             std::span<double> scratch, const SeriesFrame& frame);

// The verdict on what was added. sequential_decide.cc
SequentialVerdict decide(const SequentialConfig& config, const RuleConstants& constants,
                         const RuleState& now, const Pools& pools, const SeriesFrame& frame);

}  // namespace kai::core
