#include "edges/kube_workload/endpoint_losses.h"

#include <algorithm>
#include <utility>

#include "edges/kube_workload/snapshot.h"

namespace kai::edges {

using ports::WorkloadNews;

WorkloadNews EndpointLosses::note(kubeapi::Change change, const Tree& slice) {
  const std::string name = slice.text_or("/metadata/name", "");
  if (change == kubeapi::Change::deleted) {
    const auto gone = slices_.extract(name);  // known ones alone, and it may have no labels
    if (gone.empty() || gone.mapped().ready.empty()) return WorkloadNews::changed;
    return lost_by(gone.mapped().service);
  }
  const std::string service = slice.text_or("/metadata/labels/kubernetes.io~1service-name", "");
  if (!services_.contains(service)) return WorkloadNews::changed;
  Slice& known = slices_[name];
  known.service = service;
  std::set<std::string> now = ready_addresses(slice);
  const std::set<std::string> before = std::exchange(known.ready, std::move(now));
  return std::ranges::includes(known.ready, before) ? WorkloadNews::changed : lost_by(service);
}

WorkloadNews EndpointLosses::lost_by(const std::string& service) const {
  const bool some_left = std::ranges::any_of(slices_, [&](const auto& each) {
    return each.second.service == service && !each.second.ready.empty();
  });
  return some_left ? WorkloadNews::endpoints_fewer : WorkloadNews::service_empty;
}

}  // namespace kai::edges
