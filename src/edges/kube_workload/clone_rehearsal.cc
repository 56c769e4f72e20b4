#include "edges/kube_workload/clone_rehearsal.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/clone.h"
#include "edges/kube_workload/object_kind.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::Severity;
namespace kinds = kubeapi::kinds;

bool is_kind(const Tree& object, std::string_view kind) {
  return object.text_or("/kind", "") == kind;
}

class CloneRehearsal : public std::enable_shared_from_this<CloneRehearsal> {
 public:
  CloneRehearsal(kubeapi::Client& client, std::string name_space, const std::vector<Tree>& objects,
                 PodRehearsal pods, Reply<std::vector<Finding>> reply)
      : client_(client), name_space_(std::move(name_space)), reply_(std::move(reply)) {
    for (const Tree& object : objects) {
      objects_.push_back(object);
      const bool with_pod = pods == PodRehearsal::included && is_kind(object, "Deployment");
      if (with_pod) objects_.push_back(bare_pod(object));
    }
    const bool any = std::ranges::any_of(
        objects, [](const Tree& object) { return is_kind(object, "Deployment"); });
    if (any && pods == PodRehearsal::left_out) note_unchecked();
  }

  void next() {
    if (index_ == objects_.size()) return reply_(std::move(findings_));
    const Tree& object = objects_[index_++];
    is_kind(object, "Pod") ? create(object) : apply(object);
  }

 private:
  void note_unchecked() {
    findings_.push_back(
        {.check = "P7",
         .severity = Severity::warning,
         .message = "you may not create pods in namespace " + name_space_ +
                    ", so it stayed unchecked whether the server takes the canary's pods "
                    "(quota, LimitRange, pod security, ServiceAccount); if it does not, the "
                    "canary never gets ready and is rolled back before any weight",
         .remedy = "for this check alone, add to a Role: {apiGroups: [\"\"], resources: "
                   "[\"pods\"], verbs: [\"create\"]}"});
  }

  // Configuration copies are only rehearsed too, so a pod that needs them is still looked at by
  // admission alone.
  void create(const Tree& pod) {
    client_.create(kinds::pod, name_space_, pod, {.field_manager = "kai-canary", .dry_run = true},
                   taking("Pod " + pod.text_or("/metadata/name", "") + " (a pod of the canary)"));
  }

  void apply(const Tree& object) {
    const kubeapi::ResourceRef ref{own_kind(object.text_or("/kind", "")), name_space_,
                                   object.text_or("/metadata/name", "")};
    client_.patch(ref, kubeapi::PatchKind::apply, codec::write_json(object),
                  {.field_manager = "kai-canary", .dry_run = true, .strict = true, .force = true},
                  taking(ref.kind.kind + " " + ref.name));
  }

  Reply<kubeapi::Answer> taking(std::string what) {
    return [self = shared_from_this(), what = std::move(what)](Result<kubeapi::Answer> answer) {
      if (!answer) return self->reply_(std::unexpected(answer.error()));
      if (answer->outcome != kubeapi::Answer::Outcome::done) {
        self->findings_.push_back(
            {.check = "P7",
             .severity = Severity::refused,
             .message = "the server would refuse " + what + ": " + answer->message,
             .remedy = ""});
      }
      self->next();
    };
  }

  kubeapi::Client& client_;
  std::string name_space_;
  Reply<std::vector<Finding>> reply_;
  std::vector<Tree> objects_;
  std::size_t index_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

void rehearse_clones(kubeapi::Client& client, const std::string& name_space,
                     const std::vector<Tree>& objects, PodRehearsal pods,
                     Reply<std::vector<ports::Finding>> reply) {
  const auto rehearsal =
      std::make_shared<CloneRehearsal>(client, name_space, objects, pods, std::move(reply));
  client.timers().at(client.steady().now(), [rehearsal] { rehearsal->next(); });
}

}  // namespace kai::edges
