#include "edges/kube_workload/plan_job.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/clone.h"
#include "edges/kube_workload/clone_names.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/live_selectors.h"
#include "edges/kube_workload/live_values.h"
#include "edges/kube_workload/object_kind.h"
#include "edges/kube_workload/overlap.h"
#include "edges/kube_workload/selection.h"
#include "edges/kube_workload/server_form.h"
#include "edges/kube_workload/workload_data.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::ObjectChange;
using ports::Planned;
using ports::Severity;
namespace kinds = kubeapi::kinds;

std::string content_of(const Tree& object) {
  Tree content;
  for (const std::string_view field : {"data", "binaryData", "stringData"}) {
    if (const Tree* const value = object.get(field)) content.set(field, *value);
  }
  return codec::canonical_json(content);
}

class PlanJob : public std::enable_shared_from_this<PlanJob> {
 public:
  PlanJob(kubeapi::Client& client, core::Plan plan, ports::ReleasePlan release,
          Reply<Planned<ports::WorkloadPlan>> reply)
      : client_(client),
        plan_(std::move(plan)),
        release_(std::move(release)),
        reply_(std::move(reply)) {}

  void begin() {
    Selection selection = select_services(plan_, release_);
    findings_ = std::move(selection.findings);
    selected_ = std::move(selection.services);
    data_ = {.name_space = release_.name_space,
             .release = plan_.target.release,
             .fixed_pods = plan_.canary_replicas,
             .services = {},
             .objects = {}};
    fetch_snapshot(client_, release_.name_space, /*urgent=*/false,
                   [self = shared_from_this()](Result<Snapshot> snapshot) {
                     if (!snapshot) return self->reply_(std::unexpected(snapshot.error()));
                     self->snapshot_ = std::move(*snapshot);
                     self->note_services();
                     if (self->release_.first_install || self->selected_.empty())
                       return self->ask_forms();
                     self->check_stable();
                     self->read_live_values(0);
                   });
  }

 private:
  void note_services() {
    for (const Selected& each : selected_) {
      const Tree* const candidate = each.deployment.at("/spec/template");
      const Tree* const stable = each.stable_deployment.at("/spec/template");
      Templates templates =
          without_volatiles({.candidate = candidate == nullptr ? Tree() : *candidate,
                             .stable = stable == nullptr ? Tree() : *stable},
                            volatiles_of(each.plan.workload));
      data_.services.push_back({.name = each.plan.name,
                                .service = each.plan.service,
                                .canary_service = each.plan.canary_service,
                                .workload = each.plan.workload,
                                .canary_workload = each.plan.canary_workload,
                                .candidate_template = std::move(templates.candidate),
                                .stable_template = std::move(templates.stable)});
    }
  }

  [[nodiscard]] std::vector<std::string> volatiles_of(const std::string& workload) const {
    for (const ObjectChange& change : release_.objects) {
      const Tree& object = change.candidate;
      if (object.text_or("/kind", "") == "Deployment" &&
          object.text_or("/metadata/name", "") == workload)
        return change.volatiles;
    }
    return {};
  }

  // Passwords and the like that every render makes up anew: the canary has those that run now.
  void read_live_values(std::size_t index) {
    while (index < release_.objects.size() && !wants_live_values(release_.objects[index]))
      index += 1;
    if (index == release_.objects.size()) return look_for_selectors();
    const Tree& object = release_.objects[index].candidate;
    const kubeapi::ResourceRef ref{own_kind(object.text_or("/kind", "")), release_.name_space,
                                   object.text_or("/metadata/name", "")};
    client_.get(ref, [self = shared_from_this(), index](Result<std::optional<Tree>> live) {
      if (!live) return self->reply_(std::unexpected(live.error()));
      ObjectChange& change = self->release_.objects[index];
      if (*live) change.candidate = with_live_values(change, **live);
      self->read_live_values(index + 1);
    });
  }

  // P5: a canary is compared with stable, so stable has to be well.
  void check_stable() {
    SeenDigests nothing_seen;
    for (const ServiceArm& service : data_.services) {
      const auto state = state_of({service}, snapshot_, core::Weight::zero(), 0, nothing_seen);
      if (state.seen.stable.ready || is_skipped("P5")) continue;
      add("P5", Severity::refused,
          "stable workload " + service.workload + " is not complete and available" +
              (state.seen.stable.fatal ? ": " + state.seen.stable.fatal->sentence : ""),
          "mend it first, or pass --skip-check=P5 --reason=...");
    }
  }

  void look_for_selectors() {
    fetch_live_selectors(client_, release_.name_space,
                         [self = shared_from_this()](Result<LiveSelectors> live) {
                           if (!live) return self->reply_(std::unexpected(live.error()));
                           self->make_clones(*live);
                           self->check_names();
                         });
  }

  void make_clones(const LiveSelectors& live) {
    const CloneContext context{.name_space = release_.name_space, .release = plan_.target.release};
    for (const Selected& each : selected_) {
      const Labels labels = labels_at(each.deployment, "/spec/template/metadata/labels");
      const auto keys = keys_to_rewrite(labels, catching(live, labels));
      if (!keys) {
        add("P16", Severity::refused,
            "workload " + each.plan.workload + ": " + keys.error().message,
            "give its pods a label that the selector compares by value");
        continue;
      }
      const Rename rename = [&](const ConfigRef& ref) { return config_name(ref, context); };
      Tree deployment = clone_deployment(each, *keys, rename, context);
      const bool known = std::ranges::any_of(
          data_.objects, [&](const Tree& object) { return object == deployment; });
      if (!known) data_.objects.push_back(std::move(deployment));
      data_.objects.push_back(clone_service(each, *keys, context));
      add_line(each, *keys);
    }
  }

  void add_line(const Selected& each, const std::vector<std::string>& keys) {
    std::string changed;
    for (const std::string& key : keys) changed += (changed.empty() ? "" : ", ") + key;
    lines_.push_back("Deployment " + each.plan.canary_workload + " beside " + each.plan.workload +
                     ", Service " + each.plan.canary_service +
                     (changed.empty() ? "" : "; pods differ in " + changed));
  }

  // Changed or new configuration gets a copy under a name made from its content; the rest is shared
  // with stable.
  std::string config_name(const ConfigRef& ref, const CloneContext& context) {
    const std::string_view kind = ref.first == ConfigKind::config_map ? "ConfigMap" : "Secret";
    for (const ObjectChange& change : release_.objects) {
      const Tree& object = change.candidate;
      if (object.text_or("/kind", "") != kind || object.text_or("/metadata/name", "") != ref.second)
        continue;
      const bool same = change.kind == ObjectChange::Kind::unchanged ||
                        content_of(change.stable) == content_of(object);
      if (same) return ref.second;
      const std::string name = content_name(ref.second, content_of(object));
      if (copies_.insert({name, true}).second) {
        data_.objects.insert(data_.objects.begin(), config_copy(object, name, context));
        lines_.push_back(std::string(kind) + " " + name + ", a copy of " + ref.second +
                         " as this version has it");
      }
      return name;
    }
    return ref.second;
  }

  // P18: whatever has our name must be ours.
  void check_names() {
    if (name_index_ == data_.objects.size()) return check_rights();
    const Tree& object = data_.objects[name_index_++];
    const kubeapi::ResourceRef ref{own_kind(object.text_or("/kind", "")), release_.name_space,
                                   object.text_or("/metadata/name", "")};
    client_.get(ref, [self = shared_from_this(), ref](Result<std::optional<Tree>> found) {
      if (!found) return self->reply_(std::unexpected(found.error()));
      if (*found &&
          (*found)->text_or("/metadata/labels/app.kubernetes.io~1managed-by", "") != "kai-canary") {
        self->add("P18", Severity::refused, text_of(ref) + " exists and is not ours",
                  "rename or remove it: the canary needs the name");
      }
      self->check_names();
    });
  }

  // P6: every right that the plan needs, the way down included.
  void check_rights() {
    std::vector<kubeapi::AccessQuestion> questions;
    const auto ask = [&](std::initializer_list<std::string> verbs,
                         const kubeapi::ResourceKind& kind, const std::string& subresource = "") {
      for (const std::string& verb : verbs)
        questions.push_back({.verb = verb,
                             .kind = kind,
                             .name_space = release_.name_space,
                             .subresource = subresource});
    };
    ask({"list", "create", "patch", "delete"}, kinds::deployment);
    ask({"list", "create", "patch", "delete"}, kinds::service);
    ask({"list", "create", "get", "update", "patch", "delete"}, kinds::config_map);
    ask({"list", "create", "get", "patch", "delete"}, kinds::secret);
    ask({"list", "watch"}, kinds::pod);
    ask({"list", "watch"}, kinds::endpoint_slice);
    ask({"list"}, kinds::replica_set);
    ask({"get", "create", "update"}, kinds::lease);
    ask({"get"}, kinds::pod, "log");
    client_.may_i(questions,
                  [self = shared_from_this(), questions](Result<std::vector<bool>> allowed) {
                    if (!allowed) return self->reply_(std::unexpected(allowed.error()));
                    for (std::size_t i = 0; i < questions.size(); ++i) {
                      if (!(*allowed)[i]) self->add_missing_right(questions[i]);
                    }
                    self->rehearse();
                  });
  }

  void add_missing_right(const kubeapi::AccessQuestion& question) {
    const std::string resource =
        question.kind.plural + (question.subresource.empty() ? "" : "/" + question.subresource);
    add("P6", Severity::refused,
        "you may not " + question.verb + " " + resource + " in namespace " + release_.name_space,
        "add to a Role: {apiGroups: [\"" + question.kind.group + "\"], resources: [\"" + resource +
            "\"], verbs: [\"" + question.verb + "\"]}");
  }

  // P7: the server's own opinion of every object, and of a bare pod.
  void rehearse() {
    if (std::ranges::any_of(findings_, ports::blocks)) return finish();
    if (rehearsal_.empty()) {
      for (const Tree& object : data_.objects) {
        rehearsal_.push_back(object);
        if (object.text_or("/kind", "") == "Deployment") rehearsal_.push_back(bare_pod(object));
      }
    }
    rehearse_next();
  }

  void rehearse_next() {
    if (rehearsed_ == rehearsal_.size()) return ask_forms();
    const Tree& object = rehearsal_[rehearsed_++];
    const bool pod = object.text_or("/kind", "") == "Pod";
    const kubeapi::ResourceKind kind = pod ? kinds::pod : own_kind(object.text_or("/kind", ""));
    const std::string what = kind.kind + " " + object.text_or("/metadata/name", "");
    auto take = [self = shared_from_this(), what, pod](Result<kubeapi::Answer> answer) {
      if (!answer) return self->reply_(std::unexpected(answer.error()));
      const bool refused = answer->outcome != kubeapi::Answer::Outcome::done;
      // Configuration copies are only rehearsed too, so a pod that needs them is still looked at by
      // admission alone.
      if (refused)
        self->add("P7", Severity::refused,
                  "the server would refuse " + what + (pod ? " (a pod of the canary)" : "") + ": " +
                      answer->message,
                  "");
      self->rehearse_next();
    };
    if (pod)
      return client_.create(kind, release_.name_space, object,
                            {.field_manager = "kai-canary", .dry_run = true}, std::move(take));
    const kubeapi::ResourceRef ref{kind, release_.name_space, object.text_or("/metadata/name", "")};
    client_.patch(ref, kubeapi::PatchKind::apply, codec::write_json(object),
                  {.field_manager = "kai-canary", .dry_run = true, .strict = true, .force = true},
                  std::move(take));
  }

  // Whether stable runs the candidate is told by what the server makes of both templates.
  void ask_forms() {
    if (std::ranges::any_of(findings_, ports::blocks)) return finish();
    ask_server_forms(client_, release_.name_space, std::move(data_.services),
                     [self = shared_from_this()](Result<std::vector<ServiceArm>> services) {
                       if (!services) return self->reply_(std::unexpected(services.error()));
                       self->data_.services = std::move(*services);
                       self->note_unchanged();
                       self->finish();
                     });
  }

  void note_unchanged() {
    for (const ServiceArm& each : data_.services) {
      if (!changes_template(each))
        lines_.push_back("the pod template of " + each.workload +
                         " does not change in this version");
    }
  }

  void finish() {
    Planned<ports::WorkloadPlan> planned{.plan = {.data = to_tree(data_),
                                                  .name_space = release_.name_space,
                                                  .services = {},
                                                  .lines = std::move(lines_)},
                                         .findings = std::move(findings_)};
    for (const Selected& each : selected_) planned.plan.services.push_back(each.plan);
    reply_(std::move(planned));
  }

  [[nodiscard]] bool is_skipped(std::string_view check) const {
    return std::ranges::find(plan_.skipped_checks, check) != plan_.skipped_checks.end();
  }

  void add(std::string check, Severity severity, std::string message, std::string remedy) {
    findings_.push_back({.check = std::move(check),
                         .severity = severity,
                         .message = std::move(message),
                         .remedy = std::move(remedy)});
  }

  kubeapi::Client& client_;
  core::Plan plan_;
  ports::ReleasePlan release_;
  Reply<Planned<ports::WorkloadPlan>> reply_;
  std::vector<Selected> selected_;
  std::vector<Finding> findings_;
  std::vector<std::string> lines_;
  Snapshot snapshot_;
  WorkloadData data_;
  std::map<std::string, bool> copies_;
  std::size_t name_index_ = 0;
  std::vector<Tree> rehearsal_;
  std::size_t rehearsed_ = 0;
};

}  // namespace

void plan_workload(kubeapi::Client& client, const core::Plan& plan,
                   const ports::ReleasePlan& release,
                   Reply<ports::Planned<ports::WorkloadPlan>> reply) {
  std::make_shared<PlanJob>(client, plan, release, std::move(reply))->begin();
}

}  // namespace kai::edges
