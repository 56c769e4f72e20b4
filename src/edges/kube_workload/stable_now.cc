#include "edges/kube_workload/stable_now.h"

#include <algorithm>
#include <utility>

#include "edges/kube_workload/arms.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/selection.h"

namespace kai::edges {
namespace {

// Every object as one that changes: whatever could be canaried is looked at.
ports::ReleasePlan release_of(const std::vector<Tree>& objects, const std::string& name_space) {
  ports::ReleasePlan release;
  release.name_space = name_space;
  for (const Tree& object : objects) {
    release.objects.push_back({.kind = ports::ObjectChange::Kind::changed,
                               .stable = object,
                               .candidate = object,
                               .volatiles = {}});
  }
  return release;
}

std::vector<ports::PodTarget> pods_in(const Snapshot& snapshot,
                                      const std::vector<ServiceArm>& services, SteadyTime now) {
  ArmsMemory nothing_seen;
  auto state = state_of(services, snapshot, core::Weight::zero(), 0, now, nothing_seen);
  std::erase_if(state.pods,
                [](const ports::PodTarget& pod) { return pod.arm != core::Arm::baseline; });
  return std::move(state.pods);
}

}  // namespace

void find_stable_now(kubeapi::Client& client, const core::Plan& plan,
                     const std::vector<Tree>& objects, const std::string& name_space,
                     Reply<ports::Planned<ports::StableNow>> reply) {
  Selection selection = select_services(plan, release_of(objects, name_space));
  ports::Planned<ports::StableNow> found{.plan = {}, .findings = std::move(selection.findings)};
  found.plan.workload.name_space = name_space;
  std::vector<ServiceArm> services;
  for (const Selected& each : selection.services) {
    services.push_back({.name = each.plan.name,
                        .service = each.plan.service,
                        .canary_service = each.plan.canary_service,
                        .workload = each.plan.workload,
                        .canary_workload = each.plan.canary_workload,
                        .candidate_template = {},
                        .stable_template = {}});
    found.plan.workload.services.push_back(each.plan);
  }
  fetch_snapshot(
      client, name_space, /*urgent=*/false,
      [found = std::move(found), services = std::move(services), &steady = client.steady(),
       reply = std::move(reply)](Result<Snapshot> snapshot) mutable {
        if (!snapshot) return reply(std::unexpected(snapshot.error()));
        found.plan.pods = pods_in(*snapshot, services, steady.now());
        reply(std::move(found));
      });
}

}  // namespace kai::edges
