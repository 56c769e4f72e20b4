#include "edges/kube_workload/pod_watching.h"

#include <set>
#include <string>
#include <utility>

#include "edges/kube_workload/labels.h"

namespace kai::edges {
namespace {

std::set<std::string> canary_services(const WorkloadData& data) {
  std::set<std::string> names;
  for (const ServiceArm& each : data.services) names.insert(each.canary_service);
  return names;
}

std::string service_selector(const WorkloadData& data) {
  std::string names;
  for (const ServiceArm& each : data.services)
    names += (names.empty() ? "" : ",") + each.service + "," + each.canary_service;
  return "kubernetes.io/service-name in (" + names + ")";
}

}  // namespace

PodWatching::PodWatching(kubeapi::Client& client, Random& random, const WorkloadData& data,
                         Tell tell)
    : tell_(std::make_shared<Tell>(std::move(tell))),
      losses_(std::make_shared<EndpointLosses>(canary_services(data))),
      pods_(client, random, kubeapi::kinds::pod, data.name_space,
            {.label_selector = std::string(label_track)},
            {.on_change = [tell = tell_](kubeapi::Change,
                                         const Tree&) { (*tell)(ports::WorkloadNews::changed); },
             .on_synced = {},
             .on_trouble = {}}),
      endpoints_(client, random, kubeapi::kinds::endpoint_slice, data.name_space,
                 {.label_selector = service_selector(data)},
                 {.on_change = [tell = tell_, losses = losses_](
                                   kubeapi::Change change,
                                   const Tree& slice) { (*tell)(losses->note(change, slice)); },
                  .on_synced = {},
                  .on_trouble = {}}) {}

}  // namespace kai::edges
