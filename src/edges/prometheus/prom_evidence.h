// Evidence: what answers about the pods of a rollout add up to. Pure but for its own memory of the
// newest samples.
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "edges/prometheus/prom_increments.h"
#include "edges/prometheus/prom_plan.h"
#include "ports/metric_source.h"

namespace kai::edges {

// When an answer is from, on the source's clock.
struct PromMoment {
  WallTime asked_for;  // the evaluation time of the query: no newer sample can be in it
  WallTime now;        // the source's clock when it answered
};

class PromEvidence {
 public:
  // How far back the next question has to reach, seen from `asked_for`.
  [[nodiscard]] Duration window(const PromPlan& plan, const std::vector<ports::PodTarget>& pods,
                                WallTime asked_for) const;

  // All series that arrived for these pods. no_data: no series at all. malformed: some pod's
  // counters cannot be; what it counted in this interval is given up, and nothing else is lost.
  [[nodiscard]] Result<ports::Counters> take(const PromPlan& plan,
                                             const std::vector<ports::PodTarget>& pods,
                                             const std::vector<PromSeries>& series,
                                             const PromMoment& moment);

 private:
  PromCounters counters_;
  std::optional<WallTime> first_look_;
  std::optional<WallTime> last_asked_for_;
};

}  // namespace kai::edges
