#include "edges/kube_workload/arms.h"

#include <algorithm>

#include "edges/kube_workload/pod_health.h"
#include "edges/kube_workload/sizing.h"
#include "edges/kube_workload/template_match.h"

namespace kai::edges {
namespace {

std::uint32_t count_at(const Tree& object, std::string_view pointer) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(object.int_at(pointer).value_or(0), 0, 1'000'000));
}

const Tree* deployment_in(const Snapshot& snapshot, const std::string& name) {
  const auto found = snapshot.deployments.find(name);
  return found == snapshot.deployments.end() ? nullptr : &found->second;
}

// The controller has seen the newest template, and all pods run it, ready and available.
bool is_complete(const Tree& deployment) {
  const std::uint32_t wanted = static_cast<std::uint32_t>(
      std::max<std::int64_t>(0, deployment.int_at("/spec/replicas").value_or(1)));
  const bool current = deployment.int_at("/status/observedGeneration").value_or(-1) >=
                       deployment.int_at("/metadata/generation").value_or(0);
  return current && count_at(deployment, "/status/updatedReplicas") >= wanted &&
         count_at(deployment, "/status/availableReplicas") >= wanted &&
         count_at(deployment, "/status/replicas") ==
             count_at(deployment, "/status/updatedReplicas");
}

class Observer {
 public:
  Observer(const Snapshot& snapshot, core::Weight size, std::uint32_t fixed_pods, SteadyTime now,
           ArmsMemory& memory)
      : snapshot_(snapshot), size_(size), fixed_pods_(fixed_pods), now_(now), memory_(memory) {
    state_.seen.canary = {.wanted = 0, .ready = true, .carries = core::Weight::full(), .fatal = {}};
    state_.seen.stable = {.wanted = 0, .ready = true, .carries = core::Weight::full(), .fatal = {}};
    state_.seen.stable_is_candidate = true;
    state_.seen.stable_is_as_started = true;
  }

  void take(std::uint32_t index, const ServiceArm& service) {
    take_stable(index, service);
    take_canary(index, service);
  }

  ports::WorkloadState finish() {
    memory_.pull_errors = std::move(pull_errors_);  // without the pods that are well, or gone
    return std::move(state_);
  }

 private:
  void take_stable(std::uint32_t index, const ServiceArm& service) {
    core::WorkloadSeen& seen = state_.seen;
    const Tree* const deployment = deployment_in(snapshot_, service.workload);
    if (deployment == nullptr) {
      seen.stable.ready = seen.stable_is_candidate = seen.stable_is_as_started = false;
      return;
    }
    const Tree live =
        deployment->at("/spec/template") == nullptr ? Tree() : *deployment->at("/spec/template");
    const bool runs_candidate = runs_template(
        {.live = live, .wanted = service.candidate_template, .other = service.stable_template});
    seen.stable_is_candidate &= runs_candidate;
    seen.stable_is_as_started &=
        !service.stable_template.is_null() &&
        runs_template(
            {.live = live, .wanted = service.stable_template, .other = service.candidate_template});
    const bool complete = is_complete(*deployment);
    seen.stable.ready &= complete;
    for (const Tree* const pod : pods_of(snapshot_, *deployment, false))
      add_pod(index, core::Arm::baseline, *pod);
    for (const Tree* const pod : pods_of(snapshot_, *deployment, true)) {
      const PodHealth health = look_at(*pod);
      if (health.leaving) continue;
      // Old pods of a workload that this version does not change may have restarted long ago.
      if (changes_template(service)) seen.stable.restarts += health.restarts;
      if (!complete && health.fatal && !seen.stable.fatal) seen.stable.fatal = health.fatal;
      if (runs_candidate) compare_digests(service, health, seen.stable);
    }
  }

  void take_canary(std::uint32_t index, const ServiceArm& service) {
    core::ArmSeen& canary = state_.seen.canary;
    const std::uint32_t stable_ready = stable_ready_pods(snapshot_, service.workload);
    const Tree* const deployment = deployment_in(snapshot_, service.canary_workload);
    const std::uint32_t wanted = wanted_pods(deployment, stable_ready);
    canary.wanted = canary.wanted == 0 ? wanted : std::min(canary.wanted, wanted);
    const std::uint32_t endpoints = ready_endpoints(snapshot_, service.canary_service);
    canary.any_service_empty |= endpoints == 0;
    canary.carries = std::min(canary.carries, weight_for_pods(endpoints, wanted, stable_ready));
    if (deployment == nullptr) {
      canary.ready = false;
      return;
    }
    state_.seen.canary_exists = true;
    const std::uint32_t asked = count_at(*deployment, "/spec/replicas");
    std::uint32_t ready = 0;
    for (const Tree* const pod : pods_of(snapshot_, *deployment, false)) {
      const PodHealth health = look_at(*pod);
      add_pod(index, core::Arm::canary, *pod);
      if (health.leaving) continue;
      canary.restarts += health.restarts;
      if (health.ready) ++ready;
      if (health.fatal && !canary.fatal) canary.fatal = health.fatal;
      compare_digests(service, health, canary);
    }
    canary.ready &= asked >= wanted && ready >= wanted && endpoints >= wanted;
  }

  // A registry may fail once; for whom it fails on, it is fatal.
  PodHealth look_at(const Tree& pod) {
    PodHealth health = health_of(pod);
    if (!health.pull_error) return health;
    const std::string name = pod.text_or("/metadata/name", "");
    const auto known = memory_.pull_errors.find(name);
    const SteadyTime since = known == memory_.pull_errors.end() ? now_ : known->second;
    pull_errors_.emplace(name, since);
    if (!health.fatal && now_ - since >= pull_error_max) health.fatal = health.pull_error;
    return health;
  }

  // A stable that an autoscaler enlarged later does not make a clone too small that has the size
  // it was brought up for.
  [[nodiscard]] std::uint32_t wanted_pods(const Tree* clone, std::uint32_t stable_ready) const {
    const std::uint32_t wanted = canary_pods_for(size_, stable_ready, fixed_pods_);
    if (clone == nullptr || sized_for(*clone) < size_) return wanted;
    return std::min(wanted, std::max<std::uint32_t>(1, count_at(*clone, "/spec/replicas")));
  }

  // The first digest that a container of the canary ran is the judged one.
  void compare_digests(const ServiceArm& service, const PodHealth& health, core::ArmSeen& arm) {
    for (const auto& [container, digest] : health.digests) {
      const std::string key = service.canary_workload + "/" + container;
      if (&arm == &state_.seen.canary) {
        arm.digests_match &= memory_.digests.try_emplace(key, digest).first->second == digest;
        continue;
      }
      const auto judged = memory_.digests.find(key);
      if (judged != memory_.digests.end()) arm.digests_match &= judged->second == digest;
    }
  }

  void add_pod(std::uint32_t index, core::Arm arm, const Tree& pod) {
    const PodHealth health = health_of(pod);
    state_.pods.push_back({.service = index,
                           .arm = arm,
                           .name = pod.text_or("/metadata/name", ""),
                           .address = pod.text_or("/status/podIP", ""),
                           .started_at = health.started_at,
                           .ready = health.ready && !health.leaving});
  }

  const Snapshot& snapshot_;
  core::Weight size_;
  std::uint32_t fixed_pods_;
  SteadyTime now_;
  ArmsMemory& memory_;
  std::map<std::string, SteadyTime> pull_errors_;  // found by this look
  ports::WorkloadState state_;
};

}  // namespace

bool changes_template(const ServiceArm& service) {
  return !runs_template({.live = service.stable_template,
                         .wanted = service.candidate_template,
                         .other = service.stable_template});
}

std::uint32_t stable_ready_pods(const Snapshot& snapshot, const std::string& workload) {
  const Tree* const deployment = deployment_in(snapshot, workload);
  return deployment == nullptr
             ? 1
             : std::max<std::uint32_t>(1, count_at(*deployment, "/status/readyReplicas"));
}

ports::WorkloadState state_of(const std::vector<ServiceArm>& services, const Snapshot& snapshot,
                              core::Weight size, std::uint32_t fixed_pods, SteadyTime now,
                              ArmsMemory& memory) {
  Observer observer(snapshot, size, fixed_pods, now, memory);
  for (std::size_t i = 0; i < services.size(); ++i)
    observer.take(static_cast<std::uint32_t>(i), services[i]);
  return observer.finish();
}

}  // namespace kai::edges
