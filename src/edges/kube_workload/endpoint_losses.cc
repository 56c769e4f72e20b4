#include "edges/kube_workload/endpoint_losses.h"

#include <algorithm>
#include <utility>

#include "edges/kube_workload/snapshot.h"

namespace kai::edges {

bool EndpointLosses::note(kubeapi::Change change, const Tree& slice) {
  const std::string name = slice.text_or("/metadata/name", "");
  if (change == kubeapi::Change::deleted) {
    const auto gone = ready_.extract(name);
    return !gone.empty() && !gone.mapped().empty();  // known ones alone, and it may have no labels
  }
  if (!services_.contains(slice.text_or("/metadata/labels/kubernetes.io~1service-name", "")))
    return false;
  std::set<std::string> now = ready_addresses(slice);
  const std::set<std::string> before = std::exchange(ready_[name], now);
  return !std::ranges::includes(now, before);
}

}  // namespace kai::edges
