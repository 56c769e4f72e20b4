#include "edges/kube_store/objects.h"

namespace kai::edges {

Tree object_of_ours(const OurObject& object) {
  const kubeapi::ResourceKind& kind = object.ref.kind;
  Tree tree(Tree::Map{{"apiVersion", api_version_of(kind)}, {"kind", kind.kind}});
  tree.set_at("/metadata/name", object.ref.name);
  tree.set_at("/metadata/namespace", object.ref.name_space);
  Tree& labels = tree.set_at("/metadata/labels", Tree::map());
  labels.set(managed_by, "kai-canary");
  labels.set(label_release, object.release);
  if (!object.label.empty()) labels.set("kai-canary.dev/" + object.label, object.value);
  return tree;
}

}  // namespace kai::edges
