#include "edges/local_workload/local_arms.h"

#include <algorithm>

#include "edges/local_workload/instance_spec.h"

namespace kai::edges {
namespace {

class Observer {
 public:
  Observer(const LocalLook& look, core::Weight size) : look_(look), size_(size) {
    core::WorkloadSeen& seen = state_.seen;
    seen.canary = {.ready = true, .carries = core::Weight::full(), .fatal = {}};
    seen.stable = {.ready = true, .carries = core::Weight::full(), .fatal = {}};
    const LocalRevision* const deployed = look.file.deployed();
    seen.stable_is_candidate = deployed != nullptr && deployed->tag == look.plan.tag;
    seen.stable_is_as_started = deployed != nullptr && deployed->tag == look.plan.stable_tag;
    seen.canary_exists = std::ranges::any_of(look.instances, [](const InstanceSeen& each) {
      return each.instance.arm == InstanceArm::canary;
    });
  }

  void take(std::uint32_t index, const JudgedService& service) {
    take_stable(index, service);
    take_canary(index, service);
  }

  ports::WorkloadState finish() { return std::move(state_); }

 private:
  // Of the deployed version, which may be the candidate by now. Empty: it has no such service.
  [[nodiscard]] std::uint32_t stable_wanted(const JudgedService& service) const {
    const LocalRevision* const deployed = look_.file.deployed();
    if (deployed == nullptr) return 0;
    const auto& services = deployed->release.services;
    const auto found = std::ranges::find(services, service.name, &core::LocalService::name);
    return found == services.end() ? 0 : found->instances;
  }

  [[nodiscard]] const ServedNow* served(const std::string& service, const std::string& tag) const {
    const auto found = std::ranges::find_if(look_.served, [&](const ServedNow& now) {
      return now.version.service == service && now.version.tag == tag;
    });
    return found == look_.served.end() ? nullptr : &*found;
  }

  static bool has(const ServedNow* now, const Instance& instance) {
    return now != nullptr && std::ranges::find(now->version.endpoints, endpoint_of(instance)) !=
                                 now->version.endpoints.end();
  }

  [[nodiscard]] std::vector<const InstanceSeen*> instances_of(const std::string& service,
                                                              InstanceArm arm) const {
    std::vector<const InstanceSeen*> all;
    for (const InstanceSeen& each : look_.instances) {
      if (each.instance.service == service && each.instance.arm == arm) all.push_back(&each);
    }
    return all;
  }

  void take_stable(std::uint32_t index, const JudgedService& service) {
    core::WorkloadSeen& seen = state_.seen;
    const LocalRevision* const deployed = look_.file.deployed();
    const ServedNow* const now =
        deployed == nullptr ? nullptr : served(service.name, deployed->tag);
    const bool is_served = now != nullptr && now->is_stable;
    const std::uint32_t wanted = stable_wanted(service);
    std::uint32_t ready = 0;
    std::optional<core::Reason> fatal;
    for (const InstanceSeen* const each : instances_of(service.name, InstanceArm::stable)) {
      add_pod(index, core::Arm::baseline, *each);
      if (each->is_healthy && has(now, each->instance)) ready += 1;
      if (each->fatal && !fatal) fatal = each->fatal;
    }
    const bool complete = wanted > 0 && is_served && ready >= wanted;
    seen.stable.ready &= complete;
    if (!complete && fatal && !seen.stable.fatal) seen.stable.fatal = fatal;
    seen.stable.any_service_empty |= ready == 0;
    seen.stable.wanted = seen.stable.wanted == 0 ? wanted : std::min(seen.stable.wanted, wanted);
    seen.stable_is_candidate &= is_served;
    seen.stable_is_as_started &= is_served;
  }

  void take_canary(std::uint32_t index, const JudgedService& service) {
    core::ArmSeen& canary = state_.seen.canary;
    const std::uint32_t wanted =
        canary_instances_for(size_, service.stable_instances, look_.plan.canary_instances);
    const ServedNow* const now = served(service.name, look_.plan.tag);
    std::uint32_t endpoints = 0;
    for (const InstanceSeen* const each : instances_of(service.name, InstanceArm::canary)) {
      if (each->instance.tag != look_.plan.tag) continue;
      add_pod(index, core::Arm::canary, *each);
      if (each->is_healthy && has(now, each->instance)) endpoints += 1;
      if (each->fatal && !canary.fatal) canary.fatal = each->fatal;
    }
    canary.wanted = canary.wanted == 0 ? wanted : std::min(canary.wanted, wanted);
    canary.any_service_empty |= endpoints == 0;
    canary.carries =
        std::min(canary.carries, weight_for_instances(endpoints, wanted, service.stable_instances));
    canary.ready &= endpoints >= wanted;
  }

  void add_pod(std::uint32_t index, core::Arm arm, const InstanceSeen& seen) {
    if (!seen.is_alive) return;
    state_.pods.push_back({.service = index,
                           .arm = arm,
                           .name = name_of(seen.instance),
                           .address = endpoint_of(seen.instance),
                           .started_at = seen.instance.started_at,
                           .ready = seen.is_healthy});
  }

  const LocalLook& look_;
  core::Weight size_;
  ports::WorkloadState state_;
};

}  // namespace

ports::WorkloadState state_of(const LocalLook& look, core::Weight size) {
  Observer observer(look, size);
  for (std::size_t i = 0; i < look.plan.judged.size(); ++i)
    observer.take(static_cast<std::uint32_t>(i), look.plan.judged[i]);
  return observer.finish();
}

}  // namespace kai::edges
