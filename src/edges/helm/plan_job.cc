#include "edges/helm/plan_job.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "codec/digest.h"
#include "codec/quote.h"
#include "edges/helm/pinned_plan.h"
#include "edges/helm/plan_lines.h"
#include "edges/helm/rehearsal.h"
#include "edges/helm/release_findings.h"
#include "edges/helm/render.h"
#include "edges/helm/tag_probe.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::Severity;

Severity severity_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::unavailable:
      return Severity::unreachable;
    case ErrorKind::rejected:
    case ErrorKind::no_data:
    case ErrorKind::malformed:
      return Severity::refused;
  }
  return Severity::refused;
}

class PlanJob : public std::enable_shared_from_this<PlanJob> {
 public:
  PlanJob(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records,
          PlanRequest request, Reply<MadePlan> reply)
      : helm_(helm),
        api_(api),
        records_(records),
        request_(std::move(request)),
        reply_(std::move(reply)) {}

  void begin() {
    made_.planned.plan.name_space = request_.target.name_space;
    detect_helm(helm_, [self = shared_from_this()](Result<HelmVersion> version) {
      if (!version) return self->stop_with("helm", version.error(), "install Helm 3.13 or newer");
      self->call_.helm = *version;
      self->read_history();
    });
  }

 private:
  // Records.

  void read_history() {
    records_.history(request_.target.name_space, request_.target.release,
                     [self = shared_from_this()](Result<std::vector<StoredRelease>> history) {
                       if (!history) return self->reply_(std::unexpected(history.error()));
                       self->take_history(std::move(*history));
                     });
  }

  void take_history(std::vector<StoredRelease> history) {
    history_ = std::move(history);
    if (history_.empty()) return look_elsewhere(0);
    add(check_records(request_.target, history_));
    const StoredRelease* const deployed = deployed_revision(history_);
    if (deployed == nullptr || blocked()) return finish();
    stable_ = *deployed;
    pin();
  }

  void look_elsewhere(std::size_t index) {
    if (index == request_.other_name_spaces.size()) {
      call_.install = true;
      return pin();
    }
    const std::string& other = request_.other_name_spaces[index];
    records_.list(
        other, request_.target.release,
        [self = shared_from_this(), index, other](Result<std::vector<RecordLabels>> found) {
          // Not being allowed to look there is no reason against an install here.
          if (found && !found->empty()) {
            self->add({found_elsewhere(self->request_.target, other)});
            return self->finish();
          }
          self->look_elsewhere(index + 1);
        });
  }

  // Inputs and renders.

  void pin() {
    pin_inputs(helm_, request_.plan.inputs,
               [self = shared_from_this()](Result<PinnedInputs> inputs) {
                 if (!inputs) return self->stop_with("inputs", inputs.error(), "");
                 self->take_inputs(std::move(*inputs));
               });
  }

  void take_inputs(PinnedInputs inputs) {
    inputs_ = std::move(inputs);
    Result<WrittenInputs> written = write_inputs(helm_.disk, inputs_);
    if (!written) return stop_with("inputs", written.error(), "");
    written_ = std::move(*written);
    made_.files = written_.directory;
    call_.binary = helm_.binary;
    call_.target = request_.target;
    call_.chart = written_.chart;
    call_.values = written_.values;
    render_twice(helm_, call_, [self = shared_from_this()](Result<Rendered> rendered) {
      if (!rendered) {
        return self->stop_with("render", rendered.error(),
                               "helm refuses the upgrade as it is; nothing was changed");
      }
      self->take_render(std::move(*rendered));
    });
  }

  void take_render(Rendered rendered) {
    rendered_ = std::move(rendered);
    Result<std::vector<Document>> stable =
        parse_manifest(stable_.manifest, request_.target.name_space);
    if (!stable) {
      return stop_with("P2", in_context("stored manifest of the deployed revision", stable.error()),
                       "");
    }
    stable_documents_ = std::move(*stable);
    changes_ = compare(stable_documents_, rendered_.documents, rendered_.again);
    selected_ = selected_workloads(request_.plan, rendered_.documents, changes_,
                                   request_.target.name_space);
    const Candidate candidate = candidate_now();
    add(check_changes(candidate));
    add(check_determinism(candidate));
    add(check_mutable_tag(candidate));
    add(check_hooks(candidate));
    probe(missed_by_tag(candidate));
  }

  void probe(std::vector<ObjectKey> missed) {
    if (missed.empty()) return rehearse_promotion();
    probe_tags(helm_, call_, tag_paths(rendered_.values),
               [self = shared_from_this(),
                missed = std::move(missed)](Result<std::vector<TagReach>> reaches) {
                 for (const ObjectKey& key : missed) {
                   const std::string remedy =
                       reaches ? tag_remedy(*reaches, key, self->request_.plan.inputs.tag)
                               : std::string();
                   self->add({tag_missed(self->candidate_now(), key, remedy)});
                 }
                 self->rehearse_promotion();
               });
  }

  void rehearse_promotion() {
    if (call_.install)
      return finish();  // no object of Helm is there to conflict with; its own dry run has looked
    const auto method =
        stable_.apply_method == "ssa" ? ApplyMethod::server_side : ApplyMethod::client_side;
    rehearse(api_, method, changed_documents(stable_documents_, rendered_.documents),
             [self = shared_from_this()](Result<Rehearsed> rehearsed) {
               if (!rehearsed) return self->stop_with("P8", rehearsed.error(), "");
               self->add(std::move(rehearsed->findings));
               self->finish();
             });
  }

  // The plan.

  void finish() {
    if (!written_.chart.empty() && !rendered_.documents.empty()) fill_plan();
    reply_(std::move(made_));
  }

  void fill_plan() {
    ports::ReleasePlan& plan = made_.planned.plan;
    plan.first_install = call_.install;
    plan.start_revision = stable_.revision;
    plan.stable_version =
        call_.install ? "" : stable_version(selected_, stable_documents_, stable_);
    plan.canary_version = canary_version(request_.plan, rendered_);
    plan.lines = plan_lines({.call = call_,
                             .stable = stable_,
                             .inputs = inputs_,
                             .rendered = rendered_,
                             .changes = changes_});
    const PinnedPlan pinned{
        .target = request_.target,
        .start = {.start_revision = stable_.revision,
                  .newest_revision = history_.empty() ? 0 : history_.back().revision},
        .first_install = call_.install,
        .helm_major = call_.helm.major,
        .timeout = request_.plan.timing.helm_timeout,
        .digest = manifest_digest(rendered_.documents, rendered_.volatiles),
        .volatiles = rendered_.volatiles,
        .inputs = inputs_to_tree(inputs_, written_)};
    plan.data = to_tree(pinned);
    plan.objects = std::move(changes_);
  }

  [[nodiscard]] Candidate candidate_now() const {
    return {.plan = request_.plan,
            .rendered = rendered_,
            .stable = stable_documents_,
            .changes = changes_,
            .selected = selected_,
            .first_install = call_.install};
  }

  void add(Findings findings) {
    std::ranges::move(findings, std::back_inserter(made_.planned.findings));
  }

  [[nodiscard]] bool blocked() const {
    return std::ranges::any_of(made_.planned.findings, ports::blocks);
  }

  void stop_with(const std::string& check, const Error& error, const std::string& remedy) {
    add({Finding{.check = check,
                 .severity = severity_of(error),
                 .message = error.message,
                 .remedy = remedy}});
    finish();
  }

  Helm helm_;
  kubeapi::Client& api_;
  ReleaseRecords records_;
  PlanRequest request_;
  Reply<MadePlan> reply_;

  std::vector<StoredRelease> history_;
  StoredRelease stable_;
  UpgradeCall call_;
  PinnedInputs inputs_;
  WrittenInputs written_;
  Rendered rendered_;
  std::vector<Document> stable_documents_;
  std::vector<ports::ObjectChange> changes_;
  std::vector<ObjectKey> selected_;
  MadePlan made_;
};

}  // namespace

void make_release_plan(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records,
                       PlanRequest request, Reply<MadePlan> reply) {
  const auto job =
      std::make_shared<PlanJob>(helm, api, records, std::move(request), std::move(reply));
  later(helm, [job] { job->begin(); });
}

}  // namespace kai::edges
