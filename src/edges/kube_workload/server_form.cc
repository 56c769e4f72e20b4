#include "edges/kube_workload/server_form.h"

#include <memory>
#include <utility>

namespace kai::edges {
namespace {

Tree deployment_of(const std::string& name, const Tree& pod_template) {
  Tree object(Tree::Map{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}});
  object.set_at("/metadata/name", name + "-form");
  const Tree* const labels = pod_template.at("/metadata/labels");
  object.set_at("/spec/selector/matchLabels", labels == nullptr ? Tree::map() : *labels);
  object.set_at("/spec/template", pod_template);
  return object;
}

class Asking : public std::enable_shared_from_this<Asking> {
 public:
  Asking(kubeapi::Client& client, std::string name_space, std::vector<ServiceArm> services,
         Reply<std::vector<ServiceArm>> reply)
      : client_(client),
        name_space_(std::move(name_space)),
        services_(std::move(services)),
        reply_(std::move(reply)) {
    for (ServiceArm& each : services_) {
      for (Tree* const pod_template : {&each.candidate_template, &each.stable_template}) {
        if (!pod_template->is_null()) questions_.push_back({each.canary_workload, pod_template});
      }
    }
  }

  void next() {
    if (index_ == questions_.size()) return reply_(std::move(services_));
    const Question& question = questions_[index_++];
    client_.create(kubeapi::kinds::deployment, name_space_,
                   deployment_of(question.name, *question.pod_template),
                   {.field_manager = "kai-canary-probe", .dry_run = true},
                   [self = shared_from_this(), &question](Result<kubeapi::Answer> answer) {
                     if (!answer) return self->reply_(std::unexpected(answer.error()));
                     const Tree* const form = answer->object.at("/spec/template");
                     if (form != nullptr) *question.pod_template = *form;
                     self->next();
                   });
  }

 private:
  struct Question {
    std::string name;
    Tree* pod_template;
  };

  kubeapi::Client& client_;
  std::string name_space_;
  std::vector<ServiceArm> services_;
  Reply<std::vector<ServiceArm>> reply_;
  std::vector<Question> questions_;
  std::size_t index_ = 0;
};

}  // namespace

void ask_server_forms(kubeapi::Client& client, const std::string& name_space,
                      std::vector<ServiceArm> services, Reply<std::vector<ServiceArm>> reply) {
  const auto asking =
      std::make_shared<Asking>(client, name_space, std::move(services), std::move(reply));
  client.timers().at(client.steady().now(), [asking] { asking->next(); });
}

}  // namespace kai::edges
