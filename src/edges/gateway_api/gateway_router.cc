#include "edges/gateway_api/gateway_router.h"

#include <utility>

#include "edges/gateway_api/route_patch.h"
#include "edges/gateway_api/route_rules.h"
#include "edges/gateway_api/route_world.h"

namespace kai::edges {

kubeapi::ResourceKind route_kind(const std::string& resource) {
  if (resource == "grpcroutes")
    return {"gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute", true};
  return kubeapi::kinds::http_route;
}

kubeapi::ResourceRef route_ref(const RouteBinding& binding) {
  return {
      .kind = route_kind(binding.resource), .name_space = binding.name_space, .name = binding.name};
}

bool is_same_object(const RouteBinding& binding, const Tree& object) {
  return object.text_or("/metadata/uid", "") == binding.uid;
}

std::optional<bool> is_as_written(const RouteBinding& binding, const RouteMemory& memory,
                                  const Tree& object) {
  const std::string* const text = stamp_text(object);
  if (text == nullptr) return std::nullopt;
  const auto stamp = core::parse_stamp(*text);
  std::optional<bool> as_written;
  for (const auto* const split : {&memory.written, &memory.unanswered}) {
    if (!*split || stamp != (*split)->stamp) continue;
    as_written = as_written.value_or(false) || is_at(binding, object, (*split)->target);
  }
  return as_written;
}

GatewayRouter::GatewayRouter(kubeapi::Client& client, Log& log)
    : world_(
          std::make_shared<RouteWorld>(RouteWorld{.client = client, .log = log, .memories = {}})) {}

GatewayRouter::~GatewayRouter() = default;

void GatewayRouter::plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
                         Reply<ports::Planned<ports::RoutePlan>> reply) {
  plan_routes(world_, plan, workload, std::move(reply));
}

void GatewayRouter::apply(const Tree& plan, const ports::RouteTarget& target,
                          const core::Stamp& stamp, Reply<ports::Receipt> reply) {
  auto data = unpack_route_data(plan);
  if (!data) {
    return answer_later<ports::Receipt>(world_->client, std::move(reply),
                                        std::unexpected(data.error()));
  }
  apply_routes(world_, std::move(*data), target, stamp, std::move(reply));
}

void GatewayRouter::observe(const Tree& plan, Reply<core::RouteSeen> reply) {
  auto data = unpack_route_data(plan);
  if (!data) {
    return answer_later<core::RouteSeen>(world_->client, std::move(reply),
                                         std::unexpected(data.error()));
  }
  observe_routes(world_, std::move(*data), std::move(reply));
}

void GatewayRouter::restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) {
  auto data = unpack_route_data(plan);
  if (!data)
    return answer_later<bool>(world_->client, std::move(reply), std::unexpected(data.error()));
  restore_routes(world_, std::move(*data), stamp, std::move(reply));
}

}  // namespace kai::edges
