// Rules that the judge is measured against, as defined in docs/judge.md: other projects' rules by
// their description, not by their programs.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/judge/dispersion.h"
#include "core/judge/interval_evidence.h"
#include "core/judge/sequential.h"

namespace kai::bench {

inline constexpr int never = std::numeric_limits<int>::max();

// One rollout as it was seen.
struct Stream {
  std::vector<core::Counts> intervals;  // the judge looks at the first `planned`
  int planned = 40;
  std::vector<int> steps;  // intervals that begin a new weight, after the first
  double interval_seconds = 15;
  double weight = 0.1;
  double base = 0.01;  // true bad shares, for the oracle
  double canary = 0.01;
  std::vector<core::DispersionPoint> dispersion{{1, 1}};  // learned from history
};

// Seconds from the beginning to the rollback, or `never`.
using Rule = std::function<int(const Stream&)>;

struct NamedRule {
  std::string name;
  Rule rule;
  int runs_max = std::numeric_limits<int>::max();  // where one run is dear
};

// The judge as shipped, panic off. `options` may change it; dispersion and N come from the stream.
[[nodiscard]] Rule judge(const std::function<void(core::SequentialConfig&)>& options = {});
// The pair rule as the reference figures were measured, before agreement was asked of the tolerance
// too and before defects that come and go were known: what reproduces those figures.
[[nodiscard]] Rule measured_judge(const std::function<void(core::SequentialConfig&)>& options = {});
// The same with a flat dispersion instead of the learned curve.
[[nodiscard]] Rule measured_judge_with_flat_dispersion(double dispersion);
// One rollout as a histogram showed it: per interval one count per judged edge.
using LatencyStream = std::vector<std::vector<core::Counts>>;
// Seconds of the pair rule over edges of equal weight, as measured and as shipped.
struct LatencyTimes {
  int measured = never;
  int shipped = never;
};
[[nodiscard]] LatencyTimes judge_latency(const LatencyStream& stream,
                                         const core::Tolerance& tolerance);

// When the canary's own share is proved to be above or below `limit`, or the canary to be within
// the promise; not rollbacks, but times of proof.
[[nodiscard]] Rule proved_above(double limit);
[[nodiscard]] Rule proved_below(double limit);
[[nodiscard]] Rule proved_healthy();
// Without dispersion and without forfeits, from evidence 100 on.
[[nodiscard]] Rule uncapped();

[[nodiscard]] Rule threshold(double success);
[[nodiscard]] Rule flagger(double success, int failures);
[[nodiscard]] Rule argo(double success, int window, int failures);
[[nodiscard]] Rule kayenta(int intervals_per_point);
[[nodiscard]] Rule peeking_z();
[[nodiscard]] Rule lindon_malek();
[[nodiscard]] Rule oracle();

// Comparators of the reference vectors.
[[nodiscard]] double dkw_radius(double t, double alpha);
[[nodiscard]] double msprt_ln_lambda(double per_arm, double variance, double tau2,
                                     double difference);
[[nodiscard]] double spending_obrien_fleming(double t, double alpha);
[[nodiscard]] double spending_pocock(double t, double alpha);
// Starts at every interval, no cap: w_0 at 0, the rest evenly on 1 .. horizon - 1.
[[nodiscard]] double mixture_every_interval(const std::vector<core::Counts>& rows,
                                            const core::Tolerance& tolerance, int horizon,
                                            double first_weight, double dispersion);

}  // namespace kai::bench
