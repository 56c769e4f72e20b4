#include "edges/kube_workload/rights.h"

#include <initializer_list>

namespace kai::edges {
namespace {

namespace kinds = kubeapi::kinds;
using Questions = std::vector<kubeapi::AccessQuestion>;

class Asking {
 public:
  Asking(std::string name_space, Questions& questions)
      : name_space_(std::move(name_space)), questions_(questions) {}

  void operator()(std::initializer_list<std::string> verbs, const kubeapi::ResourceKind& kind,
                  const std::string& subresource = "") {
    for (const std::string& verb : verbs)
      questions_.push_back(
          {.verb = verb, .kind = kind, .name_space = name_space_, .subresource = subresource});
  }

 private:
  std::string name_space_;
  Questions& questions_;
};

std::string resource_of(const kubeapi::AccessQuestion& question) {
  return question.kind.plural + (question.subresource.empty() ? "" : "/" + question.subresource);
}

}  // namespace

NeededRights rights_needed(const std::string& name_space) {
  NeededRights rights;
  Asking look(name_space, rights.to_look);
  for (const auto& kind : {kinds::deployment, kinds::service}) look({"list", "get"}, kind);
  for (const auto& kind :
       {kinds::pod, kinds::replica_set, kinds::endpoint_slice, kinds::stateful_set,
        kinds::daemon_set, kinds::pod_disruption_budget, kinds::network_policy})
    look({"list"}, kind);
  for (const auto& kind : {kinds::config_map, kinds::secret}) look({"get"}, kind);
  Asking act(name_space, rights.to_act);
  for (const auto& kind : {kinds::deployment, kinds::service})
    act({"create", "patch", "delete"}, kind);
  act({"list", "create", "update", "patch", "delete"}, kinds::config_map);
  act({"list", "create", "patch", "delete"}, kinds::secret);
  for (const auto& kind : {kinds::pod, kinds::endpoint_slice}) act({"watch"}, kind);
  act({"get", "create", "update"}, kinds::lease);
  act({"get"}, kinds::pod, "log");
  return rights;
}

kubeapi::AccessQuestion right_to_rehearse_pods(const std::string& name_space) {
  return {.verb = "create", .kind = kinds::pod, .name_space = name_space};
}

ports::Finding missing_right(const kubeapi::AccessQuestion& question) {
  const std::string resource = resource_of(question);
  return {.check = "P6",
          .severity = ports::Severity::refused,
          .message = "you may not " + question.verb + " " + resource + " in namespace " +
                     question.name_space,
          .remedy = "add to a Role: {apiGroups: [\"" + question.kind.group + "\"], resources: [\"" +
                    resource + "\"], verbs: [\"" + question.verb + "\"]}"};
}

}  // namespace kai::edges
