// The router for the Gateway API: weights of backendRefs in HTTPRoutes and GRPCRoutes.
#pragma once

#include <memory>

#include "base/log.h"
#include "kubeapi/client.h"
#include "ports/router.h"

namespace kai::edges {

// `Accepted` in a route's status means that the data plane may follow; nothing counts as applied
// before it lasted for max(propagation_max, route_settle_min). Whoever has more than one route for
// a service gets all of them driven, in a fixed order.
inline constexpr Duration route_settle_min = std::chrono::seconds(1);

struct RouteWorld;

class GatewayRouter final : public ports::Router {
 public:
  // Both outlive the router.
  GatewayRouter(kubeapi::Client& client, Log& log);
  ~GatewayRouter() override;

  void plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
            Reply<ports::Planned<ports::RoutePlan>> reply) override;
  void apply(const Tree& plan, const ports::RouteTarget& target, const core::Stamp& stamp,
             Reply<ports::Receipt> reply) override;
  void observe(const Tree& plan, Reply<core::RouteSeen> reply) override;
  void restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) override;

 private:
  std::shared_ptr<RouteWorld> world_;
};

}  // namespace kai::edges
