#include "edges/kube_workload/plan_job.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "edges/kube_workload/clone_plan.h"
#include "edges/kube_workload/clone_rehearsal.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/live_selectors.h"
#include "edges/kube_workload/live_values.h"
#include "edges/kube_workload/object_kind.h"
#include "edges/kube_workload/rights.h"
#include "edges/kube_workload/selection.h"
#include "edges/kube_workload/server_form.h"
#include "edges/kube_workload/shared_volumes.h"
#include "edges/kube_workload/workload_data.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::ObjectChange;
using ports::Planned;
using ports::Severity;
namespace kinds = kubeapi::kinds;

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
    data_.services = arms_of(selected_, release_);
    if (!release_.first_install) return check_rights();
    // Helm makes everything; a reply may not come before this call returned.
    client_.timers().at(client_.steady().now(), [self = shared_from_this()] { self->ask_forms(); });
  }

 private:
  // P6, before the first list: whoever may not list gets a rule to copy, not an error.
  void check_rights() {
    NeededRights rights = rights_needed(release_.name_space);
    const std::size_t to_look = rights.to_look.size();
    std::vector<kubeapi::AccessQuestion> questions = std::move(rights.to_look);
    std::ranges::move(rights.to_act, std::back_inserter(questions));
    questions.push_back(right_to_rehearse_pods(release_.name_space));
    client_.may_i(questions, [self = shared_from_this(), questions,
                              to_look](Result<std::vector<bool>> allowed) {
      if (!allowed) return self->reply_(std::unexpected(allowed.error()));
      self->take_rights(questions, *allowed, to_look);
    });
  }

  // The last question is the one that may stay without.
  void take_rights(const std::vector<kubeapi::AccessQuestion>& questions,
                   const std::vector<bool>& allowed, std::size_t to_look) {
    bool may_look = true;
    for (std::size_t i = 0; i + 1 < questions.size(); ++i) {
      if (allowed[i]) continue;
      findings_.push_back(missing_right(questions[i]));
      may_look = may_look && i >= to_look;
    }
    pods_ = allowed.back() ? PodRehearsal::included : PodRehearsal::left_out;
    if (!may_look) return finish();
    look();
  }

  void look() {
    if (selected_.empty()) return ask_forms();
    fetch_snapshot(client_, release_.name_space, /*urgent=*/false,
                   [self = shared_from_this()](Result<Snapshot> snapshot) {
                     if (!snapshot) return self->reply_(std::unexpected(snapshot.error()));
                     self->snapshot_ = std::move(*snapshot);
                     self->check_stable();
                     self->check_claims();
                   });
  }

  // P22: every claim of every workload that gets a clone, one after the other.
  void check_claims() {
    for (const Selected& each : selected_) {
      const Tree* const pods = each.deployment.at("/spec/template");
      if (pods == nullptr) continue;
      for (ClaimUse& use : claims_of(*pods))
        claims_.push_back({each.plan.workload, std::move(use)});
    }
    std::ranges::sort(claims_);
    const auto twice = std::ranges::unique(claims_);
    claims_.erase(twice.begin(), twice.end());
    check_claim(0);
  }

  void check_claim(std::size_t index) {
    if (index == claims_.size()) return read_live_values(0);
    const kubeapi::ResourceRef ref{kinds::persistent_volume_claim, release_.name_space,
                                   claims_[index].second.claim};
    client_.get(ref, [self = shared_from_this(), index](Result<std::optional<Tree>> claim) {
      // Who may not read it knows nothing of its modes: the mount alone counts.
      const bool unreadable = !claim && claim.error().kind == ErrorKind::rejected;
      if (!claim && !unreadable) return self->reply_(std::unexpected(claim.error()));
      self->take_claim(self->claims_[index], claim ? claim->value_or(Tree()) : Tree());
      self->check_claim(index + 1);
    });
  }

  void take_claim(const std::pair<std::string, ClaimUse>& at, const Tree& claim) {
    const auto& [workload, use] = at;
    const auto why = why_not_shared(use, claim);
    if (!why) return;
    add("P22", Severity::refused,
        "workload " + workload + " mounts PersistentVolumeClaim " + use.claim +
            ", so it cannot have a second version beside it: " + *why,
        "mount it with readOnly: true if the pods only read it, or leave the service out of "
        "--critical-services; it is then upgraded at promotion, unjudged");
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
    ArmsMemory nothing_seen;
    for (const ServiceArm& service : data_.services) {
      const auto state = state_of({service}, snapshot_, core::Weight::zero(), 0,
                                  client_.steady().now(), nothing_seen);
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
    ClonePlan clones = plan_clones(selected_, release_, live, context);
    data_.objects = std::move(clones.objects);
    lines_ = std::move(clones.lines);
    std::ranges::move(clones.findings, std::back_inserter(findings_));
  }

  // P18: whatever has our name must be ours.
  void check_names() {
    if (name_index_ == data_.objects.size()) return rehearse();
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

  void rehearse() {
    if (std::ranges::any_of(findings_, ports::blocks)) return finish();
    rehearse_clones(client_, release_.name_space, data_.objects, pods_,
                    [self = shared_from_this()](Result<std::vector<Finding>> found) {
                      if (!found) return self->reply_(std::unexpected(found.error()));
                      std::ranges::move(*found, std::back_inserter(self->findings_));
                      self->ask_forms();
                    });
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
  std::vector<std::pair<std::string, ClaimUse>> claims_;  // by workload
  std::size_t name_index_ = 0;
  PodRehearsal pods_ = PodRehearsal::included;
};

}  // namespace

void plan_workload(kubeapi::Client& client, const core::Plan& plan,
                   const ports::ReleasePlan& release,
                   Reply<ports::Planned<ports::WorkloadPlan>> reply) {
  std::make_shared<PlanJob>(client, plan, release, std::move(reply))->begin();
}

}  // namespace kai::edges
