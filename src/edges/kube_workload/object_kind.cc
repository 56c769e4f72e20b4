#include "edges/kube_workload/object_kind.h"

#include "base/check.h"

namespace kai::edges {

std::array<kubeapi::ResourceKind, 4> own_kinds() {
  namespace kinds = kubeapi::kinds;
  return {kinds::deployment, kinds::service, kinds::config_map, kinds::secret};
}

kubeapi::ResourceKind own_kind(std::string_view kind) {
  for (const kubeapi::ResourceKind& known : own_kinds()) {
    if (known.kind == kind) return known;
  }
  KAI_UNREACHABLE("an object of ours is of a kind that we never make");
  return {};
}

}  // namespace kai::edges
