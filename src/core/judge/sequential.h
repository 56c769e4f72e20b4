// Sequential rule: counts of two groups of requests, seen at the same time, become a verdict after
// every scrape. Looking often costs nothing. docs/judge.md says what it promises.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/dispersion.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/verdict.h"

namespace kai::core {

// `event`: restarts, OOM kills, crashes; n and m are exposure in pod-seconds.
enum class SeriesKind : std::uint8_t { error_share, latency_share, event };

struct SeriesSettings {
  std::string name;     // what people read: "checkout errors"
  std::string service;  // "checkout"
  SeriesKind kind = SeriesKind::error_share;
  bool critical = true;  // others are judged and shown, but not pooled
  double weight = 1;     // share of the pool; the weights of the critical series sum to 1
  Tolerance tolerance{.rho = 1.1, .delta = 0.001};  // what the user accepts
  Tolerance promise{.rho = 1.5, .delta = 0.005};    // what "proved healthy" promises
  std::vector<DispersionPoint> dispersion{{.intervals = 1, .dispersion = 1}};
};

// An absolute limit on the canary's own bad share.
struct GateSettings {
  std::size_t series = 0;  // not an event series
  double limit = 0.05;     // bad share, in [1e-6, 0.9]
  double weight = 1;       // the weights of all gates sum to 1
};

// A metric that is one number per arm, bad when the canary's is above the limit.
struct ValueSettings {
  std::string name;
  double limit = 0;
};

struct SequentialConfig {
  double alpha = 0.01;  // allowed chance of a false rollback, in (0, 0.2]
  double beta = 0.05;   // allowed chance of a wrong "proved healthy", in (0, 0.2]
  int persist = 3;      // scrapes that must agree, 2 to 12
  std::uint64_t planned_intervals = 40;
  std::uint32_t planned_steps = 0;               // changes of weight after the first
  Duration interval = std::chrono::seconds(15);  // 1 s to 15 min
  std::vector<SeriesSettings> series;            // at least one critical
  std::vector<GateSettings> gates;
  std::vector<ValueSettings> values;
  bool strict_tolerance = false;         // roll back only what is proved to be beyond tolerance
  bool require_proof = false;            // `final` passes only what is proved healthy
  bool both_unhealthy_rollback = false;  // both versions break a limit that stable held before
  bool panic = true;
};

// NaN = none.
struct ValuePair {
  double canary = 0;
  double baseline = 0;
};

struct SeriesFrame {
  std::uint64_t sequence =
      0;                   // strictly rising; an older one is ignored, the last verdict returned
  std::uint32_t span = 1;  // nominal intervals covered; 2 = one scrape was missed
  Ask ask = Ask::tick;
  bool step_started = false;       // first frame taken wholly under a new weight
  std::uint32_t weight_ppm = 0;    // configured weight of the canary, at most 1'000'000
  double load_ratio = 1;           // >= 1, constant within a step
  std::span<const Counts> series;  // in configuration order; all zero = nothing seen
  std::span<const Counts> young;  // n and x of canary pods that warm up; empty or as many as series
  std::span<const ValuePair> values;
};

// Integers and shares behind a verdict, for sentences.
struct SequentialFacts {
  std::uint64_t requests = 0;  // canary's, of the culprit, in the window that the reason looks at
  std::uint64_t bad = 0;
  double expected = 0;  // bad ones if the canary failed as often as the baseline
  std::uint64_t baseline_requests = 0;
  std::uint64_t baseline_bad = 0;
  std::uint32_t agreeing = 0;         // scrapes that agree
  std::uint64_t intervals = 0;        // since the first interval with evidence
  std::uint64_t quiet_intervals = 0;  // without a request, when traffic is missing
  double quiet_expected = 0;          // requests that should have come in that time

  friend bool operator==(const SequentialFacts&, const SequentialFacts&) = default;
};

struct SequentialVerdict {
  Outcome outcome = Outcome::inconclusive;
  VerdictReason reason = VerdictReason::warming_up;
  std::size_t culprit = 0;  // series, or for `value_breach` the value
  double ln_evidence = 0;   // pooled, against the canary
  double ln_needed = 0;
  double ln_healthy = 0;  // smallest of the critical series
  SequentialFacts facts;

  friend bool operator==(const SequentialVerdict&, const SequentialVerdict&) = default;
};

class SequentialRule {
 public:
  // `rejected`: a number out of its range, no critical series, weights that do not sum to 1, a gate
  // on an event series. The only call that allocates.
  [[nodiscard]] static Result<SequentialRule> create(const SequentialConfig& config);
  SequentialRule(SequentialRule&&) noexcept;
  SequentialRule& operator=(SequentialRule&&) noexcept;
  ~SequentialRule();

  // Pure but for its own accumulators. Refused as a whole (`rejected_input`, nothing changes): more
  // bad ones than requests in a share series, a count of 2^53 or more, span 0, a load ratio below 1
  // or not finite, another number of series or values than configured. After a fail the first
  // failing verdict is returned for ever.
  SequentialVerdict observe(const SeriesFrame& frame) noexcept;

  // Of the newest frame that was taken in; 0 and "warming up" before the first.
  [[nodiscard]] std::uint64_t last_sequence() const;
  [[nodiscard]] const SequentialVerdict& last() const;

  // What the parts of one series say, as logarithms; for tests, benches and reports.
  struct Evidence {
    double worse = 0;        // against "no worse"
    double intolerable = 0;  // against "inside the tolerance"
    double healthy = 0;
    double healthy_step = 0;
    double panic = 0;
    double forfeited = 0;  // by the last frame, from `worse`
  };
  [[nodiscard]] Evidence evidence_of(std::size_t series) const;
  struct GateEvidence {
    double bad = 0;
    double good = 0;
  };
  [[nodiscard]] GateEvidence gate_evidence_of(std::size_t gate) const;
  // Requests and bad ones since the first interval with evidence, and how many were expected.
  struct Estimate {
    std::uint64_t requests = 0;
    std::uint64_t bad = 0;
    double expected = 0;

    friend bool operator==(const Estimate&, const Estimate&) = default;
  };
  [[nodiscard]] Estimate estimate_of(std::size_t series) const;

  // Snapshot: `restore` and then `observe` gives the same bits as never having stopped. `snapshot`
  // needs `snapshot_bytes()` and returns what it wrote, 0 when `out` is too small.
  [[nodiscard]] std::size_t snapshot_bytes() const noexcept;
  [[nodiscard]] std::size_t snapshot(std::span<std::byte> out) const noexcept;
  // `malformed`: not a snapshot of this version, damaged, or of another configuration.
  [[nodiscard]] static Result<SequentialRule> restore(const SequentialConfig& config,
                                                      std::span<const std::byte> bytes);

 private:
  struct State;
  explicit SequentialRule(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kai::core
