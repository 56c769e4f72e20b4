#include "edges/kube_workload/clone.h"

#include <algorithm>
#include <array>

#include "edges/kube_workload/overlap.h"

namespace kai::edges {
namespace {

// Marks of others: with them Helm, a GitOps controller or kubectl would take the object for theirs.
constexpr std::array<std::string_view, 7> foreign_prefixes{"helm.sh/",
                                                           "meta.helm.sh/",
                                                           "kubectl.kubernetes.io/",
                                                           "argocd.argoproj.io/",
                                                           "helm.toolkit.fluxcd.io/",
                                                           "kustomize.toolkit.fluxcd.io/",
                                                           "deployment.kubernetes.io/"};

bool is_foreign(const std::string& key) {
  return std::ranges::any_of(foreign_prefixes,
                             [&](std::string_view prefix) { return key.starts_with(prefix); });
}

Labels without_foreign(Labels labels) {
  std::erase_if(labels, [](const auto& pair) { return is_foreign(pair.first); });
  return labels;
}

Tree object_of_ours(const Tree& original, const std::string& name, const CloneContext& context) {
  Tree object(Tree::Map{{"apiVersion", original.text_or("/apiVersion", "v1")},
                        {"kind", original.text_or("/kind", "")}});
  Labels labels = without_foreign(labels_at(original, "/metadata/labels"));
  labels[std::string(label_managed_by)] = "kai-canary";
  labels[std::string(label_release)] = context.release;
  labels[std::string(label_track)] = "canary";
  object.set_at("/metadata/name", name);
  object.set_at("/metadata/namespace", context.name_space);
  object.set_at("/metadata/labels", to_tree(labels));
  object.set_at("/metadata/annotations", Tree::map())
      .set("kai-canary.dev/cloned-from", original.text_or("/kind", "") + "/" + context.name_space +
                                             "/" + original.text_or("/metadata/name", ""));
  return object;
}

void keep(const Tree& from, Tree& to, std::initializer_list<std::string_view> fields) {
  for (const std::string_view field : fields) {
    if (const Tree* const value = from.get(field)) to.set(field, *value);
  }
}

Tree clone_template(const Selected& selected, const std::vector<std::string>& keys,
                    const Rename& rename) {
  Tree pod_template = *selected.deployment.at("/spec/template");
  const Labels before = labels_at(pod_template, "/metadata/labels");
  Labels labels = rewritten(before, keys);
  labels[std::string(label_track)] = "canary";
  pod_template.set_at("/metadata/labels", to_tree(labels));
  if (Tree* const annotations = pod_template.get("metadata")->get("annotations");
      annotations != nullptr && annotations->as_map() != nullptr) {
    std::erase_if(*annotations->as_map(),
                  [](const Tree::Entry& entry) { return is_foreign(entry.first); });
  }
  rewrite_selectors(pod_template, before, keys);
  return with_config(std::move(pod_template), rename);
}

}  // namespace

Tree config_copy(const Tree& object, const std::string& name, const CloneContext& context) {
  Tree copy = object_of_ours(object, name, context);
  keep(object, copy, {"data", "binaryData", "stringData", "type"});
  copy.set("immutable", true);
  return copy;
}

Tree clone_deployment(const Selected& selected, const std::vector<std::string>& keys,
                      const Rename& rename, const CloneContext& context) {
  Tree object = object_of_ours(selected.deployment, selected.plan.canary_workload, context);
  const Tree& spec = *selected.deployment.at("/spec");
  Tree clone = Tree::map();
  keep(spec, clone, {"minReadySeconds", "progressDeadlineSeconds", "strategy"});
  clone.set("replicas", 1);
  clone.set("revisionHistoryLimit", 1);
  Tree pod_template = clone_template(selected, keys, rename);
  Labels selector = rewritten(labels_at(spec, "/selector/matchLabels"), keys);
  selector[std::string(label_track)] = "canary";
  clone.set_at("/selector/matchLabels", to_tree(selector));
  clone.set("template", std::move(pod_template));
  object.set("spec", std::move(clone));
  return object;
}

Tree clone_service(const Selected& selected, const std::vector<std::string>& keys,
                   const CloneContext& context) {
  Tree object = object_of_ours(selected.service, selected.plan.canary_service, context);
  const Tree& spec = *selected.service.at("/spec");
  Tree clone = Tree::map();
  keep(spec, clone,
       {"ipFamilyPolicy", "ipFamilies", "publishNotReadyAddresses", "sessionAffinity",
        "internalTrafficPolicy"});
  clone.set("type", "ClusterIP");
  if (spec.text_or("/clusterIP", "") == "None") clone.set("clusterIP", "None");
  Tree ports = spec.get("ports") == nullptr ? Tree::list() : *spec.get("ports");
  if (ports.as_list() != nullptr) {
    for (Tree& port : *ports.as_list()) port.erase("nodePort");
  }
  clone.set("ports", std::move(ports));
  Labels selector = rewritten(labels_at(spec, "/selector"), keys);
  selector[std::string(label_track)] = "canary";
  clone.set("selector", to_tree(selector));
  object.set("spec", std::move(clone));
  return object;
}

Tree bare_pod(const Tree& deployment) {
  Tree pod(Tree::Map{{"apiVersion", "v1"}, {"kind", "Pod"}});
  pod.set_at("/metadata/name", deployment.text_or("/metadata/name", "") + "-check");
  pod.set_at("/metadata/namespace", deployment.text_or("/metadata/namespace", ""));
  if (const Tree* const labels = deployment.at("/spec/template/metadata/labels"))
    pod.set_at("/metadata/labels", *labels);
  if (const Tree* const spec = deployment.at("/spec/template/spec")) pod.set("spec", *spec);
  return pod;
}

void mark(Tree& object, const std::string& rollout, const std::string& stamp) {
  object.get("metadata")->get("labels")->set(label_rollout, rollout);
  object.get("metadata")->get("annotations")->set(mark_stamp, stamp);
  Tree* const labels = object.at("/spec/template/metadata/labels");
  if (labels == nullptr) return;
  labels->set(label_rollout, rollout);
}

}  // namespace kai::edges
