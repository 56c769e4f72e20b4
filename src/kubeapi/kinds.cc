#include "kubeapi/kinds.h"

#include "codec/uri.h"

namespace kai::kubeapi {

bool may_hold_secrets(const ResourceKind& kind) {
  return kind.group.empty() && kind.plural == "secrets";
}

std::string api_version_of(const ResourceKind& kind) {
  return kind.group.empty() ? kind.version : kind.group + "/" + kind.version;
}

std::string path_of(const ResourceKind& kind, std::string_view name_space) {
  std::string path =
      kind.group.empty() ? "/api/" + kind.version : "/apis/" + kind.group + "/" + kind.version;
  if (kind.namespaced && !name_space.empty())
    path += "/namespaces/" + codec::percent_encode(name_space);
  return path + "/" + kind.plural;
}

std::string path_of(const ResourceRef& ref) {
  return path_of(ref.kind, ref.name_space) + "/" + codec::percent_encode(ref.name);
}

std::string text_of(const ResourceRef& ref) {
  const bool inside = ref.kind.namespaced && !ref.name_space.empty();
  return ref.kind.kind + " " + (inside ? ref.name_space + "/" : "") + ref.name;
}

}  // namespace kai::kubeapi
