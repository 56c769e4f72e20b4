// The metric source on one machine: what kai-splitter itself counted, per service and version.
#pragma once

#include <memory>

#include "base/clock.h"
#include "edges/splitter_admin/splitter_control.h"
#include "ports/metric_source.h"

namespace kai::edges {

// A look costs the splitter's workers nothing.
inline constexpr Duration splitter_scrape_interval = std::chrono::seconds(1);

// One slice for each service, arm and version and each look: both arms were counted by the same
// program at the same place, so they can be compared, and no request escapes it. An arm without a
// request gives a slice of zeros, since nothing is what was counted.
class SplitterSource final : public ports::MetricSource {
 public:
  // Both outlive the source.
  SplitterSource(SplitterControl& control, const WallClock& wall);
  ~SplitterSource() override;

  void plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
            const std::vector<ports::PodTarget>& pods,
            Reply<ports::Planned<ports::MetricPlan>> reply) override;
  void counters(const Tree& plan, const std::vector<ports::PodTarget>& pods,
                Reply<ports::Counters> reply) override;

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace kai::edges
