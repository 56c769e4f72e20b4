// The router for kai-splitter: shares of the requests on one machine, exact after the barrier.
#pragma once

#include <memory>

#include "edges/splitter_admin/splitter_control.h"
#include "ports/router.h"

namespace kai::edges {

// The barrier is acknowledged, so no request follows the split before an answer.
inline constexpr Duration splitter_propagation_max = std::chrono::seconds(1);

// A service's route has the service's name (ServicePlan::name) as id; the canary's backend is
// ServicePlan::canary_service, which the workload publishes. All services change in one step.
//
// Our stamp stands in the route (`stamp` of its split). Any other hand that changes the split takes
// it away by not naming it, so that a change by hand is seen whoever looks. The number of the
// writer
// (`writer_epoch`) is that of the rollout's plan plus the stamp's epoch: owners of one rollout
// rise, and no rollout is below the one before, whatever became of its record.
class SplitterRouter final : public ports::Router {
 public:
  // It outlives the router.
  explicit SplitterRouter(SplitterControl& control);
  ~SplitterRouter() override;

  void plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
            Reply<ports::Planned<ports::RoutePlan>> reply) override;
  void apply(const Tree& plan, const ports::RouteTarget& target, const core::Stamp& stamp,
             Reply<ports::Receipt> reply) override;
  void observe(const Tree& plan, Reply<core::RouteSeen> reply) override;
  void restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) override;

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace kai::edges
