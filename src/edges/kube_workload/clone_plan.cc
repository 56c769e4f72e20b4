#include "edges/kube_workload/clone_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/clone_names.h"
#include "edges/kube_workload/closure.h"
#include "edges/kube_workload/live_values.h"
#include "edges/kube_workload/overlap.h"

namespace kai::edges {
namespace {

using ports::ObjectChange;

std::string content_of(const Tree& object) {
  Tree content;
  for (const std::string_view field : {"data", "binaryData", "stringData"}) {
    if (const Tree* const value = object.get(field)) content.set(field, *value);
  }
  return codec::canonical_json(content);
}

std::string line_of(const ports::ServicePlan& service, const std::vector<std::string>& keys) {
  std::string changed;
  for (const std::string& key : keys) changed += (changed.empty() ? "" : ", ") + key;
  return "Deployment " + service.canary_workload + " beside " + service.workload + ", Service " +
         service.canary_service + (changed.empty() ? "" : "; pods differ in " + changed);
}

class Planner {
 public:
  Planner(const ports::ReleasePlan& release, const CloneContext& context)
      : release_(release), context_(context) {}

  void add(const Selected& each, const LiveSelectors& live) {
    const Labels labels = labels_at(each.deployment, "/spec/template/metadata/labels");
    const auto keys = keys_to_rewrite(labels, catching(live, labels));
    if (!keys) {
      plan_.findings.push_back(
          {.check = "P16",
           .severity = ports::Severity::refused,
           .message = "workload " + each.plan.workload + ": " + keys.error().message,
           .remedy = "give its pods a label that the selector compares by value"});
      return;
    }
    const Rename rename = [this](const ConfigRef& ref) { return config_name(ref); };
    Tree deployment = clone_deployment(each, *keys, rename, context_);
    if (std::ranges::find(plan_.objects, deployment) == plan_.objects.end())
      plan_.objects.push_back(std::move(deployment));
    plan_.objects.push_back(clone_service(each, *keys, context_));
    plan_.lines.push_back(line_of(each.plan, *keys));
  }

  ClonePlan take() { return std::move(plan_); }

 private:
  std::string config_name(const ConfigRef& ref) {
    const std::string_view kind = ref.first == ConfigKind::config_map ? "ConfigMap" : "Secret";
    for (const ObjectChange& change : release_.objects) {
      const Tree& object = change.candidate;
      if (object.text_or("/kind", "") != kind || object.text_or("/metadata/name", "") != ref.second)
        continue;
      const bool same = change.kind == ObjectChange::Kind::unchanged ||
                        content_of(change.stable) == content_of(object);
      return same ? ref.second : copy(ref.second, object);
    }
    return ref.second;
  }

  std::string copy(const std::string& of, const Tree& object) {
    std::string name = content_name(of, content_of(object));
    if (!copies_.insert(object.text_or("/kind", "") + "/" + name).second) return name;
    plan_.objects.insert(plan_.objects.begin(), config_copy(object, name, context_));
    plan_.lines.push_back(object.text_or("/kind", "") + " " + name + ", a copy of " + of +
                          " as this version has it");
    return name;
  }

  const ports::ReleasePlan& release_;
  const CloneContext& context_;
  ClonePlan plan_;
  std::set<std::string> copies_;  // kind and name
};

std::vector<std::string> volatiles_of(const ports::ReleasePlan& release,
                                      const std::string& workload) {
  for (const ObjectChange& change : release.objects) {
    const Tree& object = change.candidate;
    if (object.text_or("/kind", "") == "Deployment" &&
        object.text_or("/metadata/name", "") == workload)
      return change.volatiles;
  }
  return {};
}

Tree template_of(const Tree& deployment) {
  const Tree* const pods = deployment.at("/spec/template");
  return pods == nullptr ? Tree() : *pods;
}

}  // namespace

ClonePlan plan_clones(const std::vector<Selected>& selected, const ports::ReleasePlan& release,
                      const LiveSelectors& live, const CloneContext& context) {
  Planner planner(release, context);
  for (const Selected& each : selected) planner.add(each, live);
  return planner.take();
}

std::vector<ServiceArm> arms_of(const std::vector<Selected>& selected,
                                const ports::ReleasePlan& release) {
  std::vector<ServiceArm> arms;
  for (const Selected& each : selected) {
    Templates templates = without_volatiles(
        {.candidate = template_of(each.deployment), .stable = template_of(each.stable_deployment)},
        volatiles_of(release, each.plan.workload));
    arms.push_back({.name = each.plan.name,
                    .service = each.plan.service,
                    .canary_service = each.plan.canary_service,
                    .workload = each.plan.workload,
                    .canary_workload = each.plan.canary_workload,
                    .candidate_template = std::move(templates.candidate),
                    .stable_template = std::move(templates.stable)});
  }
  return arms;
}

}  // namespace kai::edges
