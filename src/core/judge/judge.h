// The judge's face: evidence in, verdict out. Which rule answers is chosen by `Config::rule`; each
// rule is a file. Interface: the third section of the judge's specification (docs/judge.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "core/judge/sequential.h"
#include "core/judge/verdict.h"

namespace kai::core {

// Increments of one critical service inside one frame, canary arm and baseline arm.
struct ArmCounts {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;  // <= requests
  std::uint64_t timed = 0;   // requests that the histogram saw
  std::vector<std::uint64_t>
      slower;  // per edge of `ServiceConfig::edges`: requests slower than it; each <= timed

  friend bool operator==(const ArmCounts&, const ArmCounts&) = default;
};

struct ServiceCounts {
  ArmCounts canary;
  ArmCounts baseline;

  friend bool operator==(const ServiceCounts&, const ServiceCounts&) = default;
};

struct Frame {
  std::uint64_t sequence =
      0;             // strictly increasing; an older one is ignored, the last verdict returned
  Duration span{0};  // time that the increments cover; above zero
  Ask ask = Ask::tick;
  bool check = true;  // a check is due: the rule answers; else it only collects
  bool step_started =
      false;  // first frame taken wholly under a new weight: earlier evidence is dropped
  std::vector<ServiceCounts> services;  // in configuration order; empty counts = nothing seen
  // The rest is for the sequential rule.
  std::vector<ServiceCounts> young{};  // canary pods that warm up; empty, or as many as services
  std::uint32_t weight_ppm = 0;        // configured weight of the canary
  double load_ratio = 1;  // >= 1: a canary pod's requests over those of a replica in the history
};

struct ServiceConfig {
  std::string name;
  std::vector<double> edges;  // seconds, finite, rising; empty when latency is not judged
  // The rest is for the sequential rule.
  std::vector<std::size_t> judged_edges{};  // indexes of `edges`
  // How much healthy pods differ, learned from stable's; empty: `SequentialOptions::dispersion`.
  std::vector<DispersionPoint> dispersion{};  // of errors
  struct EdgeDispersion {
    std::size_t edge = 0;  // index of `edges`
    std::vector<DispersionPoint> points;
  };
  std::vector<EdgeDispersion> edge_dispersion{};
};

enum class Rule { threshold, sequential };

// What only the sequential rule knows; the fields are those of SequentialConfig.
struct SequentialOptions {
  double alpha = 0.01;
  double beta = 0.05;
  int persist = 3;
  std::uint64_t planned_intervals = 40;
  std::uint32_t planned_steps = 0;
  Duration interval = std::chrono::seconds(15);
  Tolerance tolerance{.rho = 1.1, .delta = 0.001};  // of errors
  // Without a history of several replicas nobody knows how much a healthy pod differs: 2.
  std::vector<DispersionPoint> dispersion{{.intervals = 1, .dispersion = 2}};
  bool strict_tolerance = false;
  bool require_proof = false;
  bool both_unhealthy_rollback = false;
};

struct JudgeConfig {
  Rule rule = Rule::threshold;
  std::vector<ServiceConfig> services;  // at least one
  double success_percent_min = 95;
  std::optional<double> latency_max_seconds;
  double latency_quantile = 0.95;
  Duration window = std::chrono::seconds(300);
  SequentialOptions sequential{};
};

// The numbers behind a verdict, for sentences; made from integers only.
struct ServiceFacts {
  std::uint64_t requests = 0;  // canary, inside the window
  std::uint64_t errors = 0;
  std::uint64_t baseline_requests = 0;
  std::uint64_t baseline_errors = 0;
  std::optional<double> success_percent;
  std::optional<double> latency_seconds;  // at the quantile; empty without timed requests
  std::optional<double> baseline_latency_seconds;

  friend bool operator==(const ServiceFacts&, const ServiceFacts&) = default;
};

struct Verdict {
  Outcome outcome = Outcome::inconclusive;
  VerdictReason reason = VerdictReason::collecting;
  std::size_t culprit =
      0;  // index of the service that decided; meaningful for fail and inconclusive
  std::vector<ServiceFacts> facts;                // one per service, in configuration order
  std::optional<SequentialVerdict> sequential{};  // of the sequential rule

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

class Judge {
 public:
  // `rejected` when the configuration cannot be judged (no service, limits out of range, edges not
  // rising).
  [[nodiscard]] static Result<Judge> create(const JudgeConfig& config);
  Judge(Judge&&) noexcept;
  Judge& operator=(Judge&&) noexcept;
  ~Judge();
  // Pure but for its own accumulators. A frame with errors > requests, slower > timed, a wrong
  // number of services or edges, a count >= 2^53 or span <= 0 is refused as a whole
  // (`rejected_input`, the state does not change).
  [[nodiscard]] Verdict observe(const Frame& frame);

  // All that the rule has accumulated, as text of one line: `restore` and then `observe` answers as
  // never having stopped. Empty: the rule keeps nothing that a restart may not lose.
  [[nodiscard]] std::string saved() const;
  // The most that `saved` may ever be, in bytes.
  [[nodiscard]] std::size_t saved_size_max() const;
  // `malformed`: not written by `saved`, damaged, or of another configuration or version.
  [[nodiscard]] static Result<Judge> restore(const JudgeConfig& config, std::string_view saved);

 private:
  struct State;
  explicit Judge(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kai::core
