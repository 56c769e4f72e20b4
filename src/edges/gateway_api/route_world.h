// What the parts of the router share: the client, and what this process knows of each route. Only
// memory: all of it may be lost at any moment, and the route itself tells the rest.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/tree.h"
#include "core/rollout/stamp.h"
#include "edges/gateway_api/route_binding.h"
#include "kubeapi/client.h"
#include "ports/router.h"

namespace kai::edges {

struct WrittenSplit {
  core::Stamp stamp;
  ports::RouteTarget target;
};

struct RouteMemory {
  Tree object;                             // as last read or answered; null: never
  std::optional<WrittenSplit> written;     // by our newest write that was answered
  std::optional<WrittenSplit> unanswered;  // by the one after it whose outcome is unknown
  std::uint64_t writes = 0;  // that were answered; tells an old reading from a new one
  std::string status_key;    // stamp and generation that `status_since` is about
  int status = 0;            // Acceptance, as last seen
  std::optional<SteadyTime> status_since;
};

struct RouteWorld {
  kubeapi::Client& client;
  Log& log;
  std::map<std::string, RouteMemory> memories;  // by label
};

[[nodiscard]] kubeapi::ResourceKind route_kind(const std::string& resource);
[[nodiscard]] kubeapi::ResourceRef route_ref(const RouteBinding& binding);

// Whether this is the object that was planned, and not one of the same name that was made later.
[[nodiscard]] bool is_same_object(const RouteBinding& binding, const Tree& object);

// Whether the route is at what we wrote under the stamp that it shows. Empty: we know of no write
// of ours with this stamp.
[[nodiscard]] std::optional<bool> is_as_written(const RouteBinding& binding,
                                                const RouteMemory& memory, const Tree& object);

// Answers after the present call has returned.
template <typename T>
void answer_later(kubeapi::Client& client, Reply<T> reply, Result<T> result) {
  client.timers().at(client.steady().now(),
                     [reply = std::move(reply), result = std::move(result)]() mutable {
                       reply(std::move(result));
                     });
}

// The four calls of the port. They keep what they need until they have answered.
void apply_routes(std::shared_ptr<RouteWorld> world, RouteData data, ports::RouteTarget target,
                  core::Stamp stamp, Reply<ports::Receipt> reply);
void observe_routes(std::shared_ptr<RouteWorld> world, RouteData data,
                    Reply<core::RouteSeen> reply);
void restore_routes(std::shared_ptr<RouteWorld> world, RouteData data, core::Stamp stamp,
                    Reply<bool> reply);
void plan_routes(std::shared_ptr<RouteWorld> world, const core::Plan& plan,
                 const ports::WorkloadPlan& workload,
                 Reply<ports::Planned<ports::RoutePlan>> reply);

}  // namespace kai::edges
