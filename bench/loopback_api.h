// A small API server on loopback, over TLS: one HTTPRoute that can be read and patched.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/tree.h"
#include "edges/gateway_api/route_binding.h"
#include "kubeapi/access.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "ports/workload.h"

namespace kai::bench {

// One service per rule; every canary is "NAME-canary".
[[nodiscard]] ports::WorkloadPlan bench_workload(std::size_t services);

class LoopbackApi {
 public:
  LoopbackApi(net::Loop& loop, const SteadyClock& steady, const ports::WorkloadPlan& workload);

  [[nodiscard]] const kubeapi::ClusterAccess& access() const { return access_; }
  // What the router would have planned for this route, for steps of 10 and 50 %.
  [[nodiscard]] const edges::RouteData& route_plan() const { return plan_; }

  // The route as it was before anybody touched it, with our entries at `canary`, stamped.
  void reset(core::Weight canary, const core::Stamp& stamp);
  // When the newest PATCH arrived that left no weight for any canary; empty: none since `reset`.
  [[nodiscard]] std::optional<SteadyTime> zero_at() const { return zero_at_; }

 private:
  void answer(const net::HttpServerRequest& request, net::HttpResponder& responder);
  [[nodiscard]] net::HttpResponse patch(const std::string& body);
  void accept();

  const SteadyClock& steady_;
  std::unique_ptr<net::HttpServer> server_;
  kubeapi::ClusterAccess access_;
  edges::RouteData plan_;
  Tree untouched_;
  Tree route_;
  std::optional<SteadyTime> zero_at_;
};

}  // namespace kai::bench
