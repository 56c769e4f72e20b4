#include "edges/kube_workload/closure.h"

#include <array>

namespace kai::edges {
namespace {

using Visit = std::function<void(ConfigKind kind, Tree& name)>;

void visit_name(Tree* holder, std::string_view field, ConfigKind kind, const Visit& visit) {
  Tree* const name = holder == nullptr ? nullptr : holder->get(field);
  if (name != nullptr && name->as_text() != nullptr) visit(kind, *name);
}

template <typename F>
void each_of(Tree* list, F act) {
  if (list == nullptr || list->as_list() == nullptr) return;
  for (Tree& item : *list->as_list()) act(item);
}

void visit_container(Tree& container, const Visit& visit) {
  each_of(container.get("envFrom"), [&](Tree& source) {
    visit_name(source.get("configMapRef"), "name", ConfigKind::config_map, visit);
    visit_name(source.get("secretRef"), "name", ConfigKind::secret, visit);
  });
  each_of(container.get("env"), [&](Tree& variable) {
    Tree* const from = variable.get("valueFrom");
    if (from == nullptr) return;
    visit_name(from->get("configMapKeyRef"), "name", ConfigKind::config_map, visit);
    visit_name(from->get("secretKeyRef"), "name", ConfigKind::secret, visit);
  });
}

void visit_volume(Tree& volume, const Visit& visit) {
  visit_name(volume.get("configMap"), "name", ConfigKind::config_map, visit);
  visit_name(volume.get("secret"), "secretName", ConfigKind::secret, visit);
  if (Tree* const csi = volume.get("csi"))
    visit_name(csi->get("nodePublishSecretRef"), "name", ConfigKind::secret, visit);
  // Volume types older than CSI, each with a `secretRef` of its own.
  for (const std::string_view type : std::array<std::string_view, 8>{
           "azureFile", "cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"}) {
    Tree* const source = volume.get(type);
    if (source == nullptr) continue;
    visit_name(source->get("secretRef"), "name", ConfigKind::secret, visit);
    if (type == "azureFile") visit_name(source, "secretName", ConfigKind::secret, visit);
  }
  Tree* const projected = volume.get("projected");
  if (projected == nullptr) return;
  each_of(projected->get("sources"), [&](Tree& source) {
    visit_name(source.get("configMap"), "name", ConfigKind::config_map, visit);
    visit_name(source.get("secret"), "name", ConfigKind::secret, visit);
  });
}

void visit_all(Tree& pod_template, const Visit& visit) {
  Tree* const spec = pod_template.get("spec");
  if (spec == nullptr) return;
  for (const std::string_view list :
       std::array<std::string_view, 2>{"containers", "initContainers"}) {
    each_of(spec->get(list), [&](Tree& container) { visit_container(container, visit); });
  }
  each_of(spec->get("volumes"), [&](Tree& volume) { visit_volume(volume, visit); });
  each_of(spec->get("imagePullSecrets"),
          [&](Tree& secret) { visit_name(&secret, "name", ConfigKind::secret, visit); });
}

}  // namespace

std::set<ConfigRef> config_refs(const Tree& pod_template) {
  std::set<ConfigRef> refs;
  Tree copy = pod_template;
  visit_all(copy, [&](ConfigKind kind, Tree& name) { refs.emplace(kind, *name.as_text()); });
  return refs;
}

Tree with_config(Tree pod_template, const Rename& rename) {
  visit_all(pod_template,
            [&](ConfigKind kind, Tree& name) { name = rename({kind, *name.as_text()}); });
  return pod_template;
}

}  // namespace kai::edges
