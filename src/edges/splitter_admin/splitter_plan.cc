#include "edges/splitter_admin/splitter_plan.h"

#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_edit.h"
#include "edges/splitter_admin/splitter_router.h"
#include "edges/splitter_admin/splitter_routes.h"

namespace kai::edges {
namespace {

using ports::Severity;
using splitter::BackendSpec;
using splitter::RouteSpec;
using splitter::SnapshotSpec;

std::string percent_of(std::uint32_t ppm) { return core::format_weight(weight_at_most(ppm)); }

class RoutesPlan {
 public:
  RoutesPlan(const SnapshotSpec& snapshot, const std::vector<core::Weight>& steps)
      : snapshot_(snapshot), steps_(steps) {
    routes_.epoch_base = snapshot.writer_epoch;
  }

  void add(const ports::ServicePlan& service) {
    const RouteSpec* const route = find_route(snapshot_, service.name);
    if (route == nullptr) {
      return refuse("kai-splitter has no route " + codec::printable(service.name) +
                        ": the version that runs does not serve it",
                    "a new service comes with a deployment without a canary");
    }
    const BackendSpec* const stable = stable_of(snapshot_, *route);
    if (stable == nullptr || stable->state == "closed" || stable->endpoints.empty()) {
      return refuse("route " + codec::printable(route->id) +
                        " has no open stable backend that could take what the canary does not",
                    "see: kai-canary status");
    }
    if (stable->id == service.canary_service) {
      return refuse("route " + codec::printable(route->id) + " has " +
                        codec::printable(stable->id) + " as its stable backend already",
                    "deploy another tag");
    }
    if (!check_others(*route, service.canary_service)) return;
    warn_of_leftover(*route);
    lines_.push_back(line_of(*route, *stable, service.canary_service));
    routes_.routes.push_back({.route = route->id,
                              .canary = service.canary_service,
                              .leftover_stamp = route->split.stamp});
  }

  ports::Planned<ports::RoutePlan> take() {
    return {.plan = {.data = pack_routes(routes_),
                     .propagation_max = splitter_propagation_max,
                     .lines = std::move(lines_)},
            .findings = std::move(findings_)};
  }

 private:
  // Nobody but stable carries weight, and no rule goes around the weights.
  bool check_others(const RouteSpec& route, const std::string& canary) {
    for (const auto& share : route.split.weights) {
      const BackendSpec* const backend = find_backend(snapshot_, share.backend);
      if (backend == nullptr || backend->track == "stable" || share.ppm == 0) continue;
      refuse("route " + codec::printable(route.id) + " gives " + percent_of(share.ppm) + " to " +
                 codec::printable(share.backend) + " already",
             "take its weight back first: kai-canary abort, or the control socket of kai-splitter");
      return false;
    }
    for (const auto& rule : route.rules) {
      if (rule.to != canary) continue;
      refuse("a rule of route " + codec::printable(route.id) +
                 " leads to the canary whatever its weight",
             "remove the rule from kai-splitter");
      return false;
    }
    return true;
  }

  void warn_of_leftover(const RouteSpec& route) {
    if (route.split.stamp.empty()) return;
    findings_.push_back(
        {.check = "P14",
         .severity = Severity::warning,
         .message = "route " + codec::printable(route.id) +
                    " carries the stamp of a rollout before: " + codec::quote(route.split.stamp) +
                    "; it is removed with the restore",
         .remedy = ""});
  }

  [[nodiscard]] std::string line_of(const RouteSpec& route, const BackendSpec& stable,
                                    const std::string& canary) const {
    std::string line = "kai-splitter route " + codec::printable(route.id) + ": " +
                       codec::printable(stable.id) + " -> " + codec::printable(canary) +
                       ", weights";
    for (std::size_t i = 0; i < steps_.size(); ++i)
      line += (i == 0 ? " " : ", ") + core::format_weight(steps_[i]);
    return line;
  }

  void refuse(std::string message, std::string remedy) {
    findings_.push_back({.check = "P14",
                         .severity = Severity::refused,
                         .message = std::move(message),
                         .remedy = std::move(remedy)});
  }

  const SnapshotSpec& snapshot_;
  const std::vector<core::Weight>& steps_;
  SplitterRoutes routes_;
  std::vector<std::string> lines_;
  std::vector<ports::Finding> findings_;
};

}  // namespace

ports::Planned<ports::RoutePlan> plan_split(const SnapshotSpec& snapshot,
                                            const std::vector<ports::ServicePlan>& services,
                                            const std::vector<core::Weight>& steps) {
  RoutesPlan plan(snapshot, steps);
  for (const ports::ServicePlan& service : services) plan.add(service);
  return plan.take();
}

SnapshotSpec rehearse_split(const SnapshotSpec& snapshot,
                            const std::vector<ports::ServicePlan>& services, core::Weight weight) {
  constexpr const char* any_endpoint = "127.0.0.1:1";
  SnapshotSpec rehearsed = snapshot;
  rehearsed.writer_epoch += 1;  // as its first owner will write it
  for (const ports::ServicePlan& service : services) {
    const std::string& canary = service.canary_service;
    if (find_backend(rehearsed, canary) == nullptr) {
      rehearsed.backends.push_back({.id = canary, .version = canary, .track = "canary"});
    }
    BackendSpec& backend = *find_backend(rehearsed, canary);
    if (backend.endpoints.empty()) backend.endpoints = {any_endpoint};
    RouteSpec& route = *find_route(rehearsed, service.name);
    if (!is_named(route, canary)) add_canary(rehearsed, route, canary);
    set_weight(rehearsed, route, canary, weight);
  }
  return rehearsed;
}

}  // namespace kai::edges
