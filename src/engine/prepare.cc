#include "engine/prepare.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/judge/judge.h"
#include "core/plan/local_options.h"
#include "engine/evidence.h"
#include "engine/plans.h"

namespace kai::engine {
namespace {

using ports::Finding;
using ports::Planned;
using ports::Severity;

Severity severity_of(const Error& error, Severity when_rejected) {
  return error.kind == ErrorKind::rejected ? when_rejected : Severity::unreachable;
}

// One preparation under way. Owned by the replies that it waits for.
class Preparation : public std::enable_shared_from_this<Preparation> {
 public:
  Preparation(core::Plan plan, Ports ports, Reply<Prepared> reply)
      : plan_(std::move(plan)), ports_(ports), reply_(std::move(reply)) {}

  void begin() {
    ports_.release.plan(
        plan_, [self = shared_from_this()](Result<Planned<ports::ReleasePlan>> planned) {
          if (!self->take(std::move(planned), self->release_, "release", "helm", Severity::refused))
            return self->finish();
          self->plan_.target.name_space = self->release_.name_space;
          if (self->release_.objects.empty()) return self->finish();
          self->plan_workload();
        });
  }

 private:
  template <typename T>
  bool take(Result<Planned<T>> planned, T& into, const std::string& title, const std::string& check,
            Severity rejected) {
    if (!planned) {
      findings_.push_back({.check = check,
                           .severity = severity_of(planned.error(), rejected),
                           .message = planned.error().message,
                           .remedy = ""});
      return false;
    }
    std::ranges::move(planned->findings, std::back_inserter(findings_));
    into = std::move(planned->plan);
    if (!into.lines.empty()) sections_.push_back({title, into.lines});
    return true;
  }

  void plan_workload() {
    ports_.workload.plan(plan_, release_,
                         [self = shared_from_this()](Result<Planned<ports::WorkloadPlan>> planned) {
                           const bool taken = self->take(std::move(planned), self->workload_,
                                                         "canary", "workload", Severity::refused);
                           if (!taken || self->workload_.services.empty()) return self->finish();
                           if (self->release_.first_install) return self->finish();
                           self->find_pods();
                         });
  }

  void find_pods() {
    ports_.workload.observe(workload_.data, core::Weight::zero(),
                            [self = shared_from_this()](Result<ports::WorkloadState> state) {
                              if (!state) return self->cannot_look(state.error());
                              self->pods_ = std::move(state->pods);
                              self->plan_metrics();
                            });
  }

  // Without pods no metrics can be planned; why they could not be looked at is said once.
  void cannot_look(const Error& error) {
    if (std::ranges::none_of(findings_, ports::blocks)) {
      findings_.push_back({.check = "workload",
                           .severity = severity_of(error, Severity::refused),
                           .message = error.message,
                           .remedy = ""});
    }
    plan_route();
  }

  void plan_metrics() {
    ports_.metrics.plan(plan_, workload_, pods_,
                        [self = shared_from_this()](Result<Planned<ports::MetricPlan>> planned) {
                          if (self->take(std::move(planned), self->metrics_, "metrics", "P12",
                                         Severity::cannot_measure))
                            self->check_judge();
                          self->plan_route();
                        });
  }

  void count_stable_pods() {
    for (std::size_t i = 0; i < workload_.services.size(); ++i) {
      stable_pods_.push_back(
          static_cast<std::uint32_t>(std::ranges::count_if(pods_, [i](const ports::PodTarget& pod) {
            return pod.service == i && pod.arm == core::Arm::baseline && pod.ready;
          })));
    }
  }

  // A limit that nothing measures must not look like one that is held.
  void check_judge() {
    if (std::ranges::any_of(findings_, ports::blocks)) return;
    const auto judge = core::Judge::create(judge_config(plan_, pack(workload_), pack(metrics_)));
    if (judge && judge->saved_size_max() > saved_evidence_max) {
      findings_.push_back({.check = "P13",
                           .severity = Severity::warning,
                           .message = "the judge's evidence on so many services may be too much to "
                                      "be saved: whoever takes the rollout over judges anew",
                           .remedy = "name fewer critical services"});
    }
    if (judge) {
      if (plan_.limits.judge == core::JudgeRule::sequential) count_stable_pods();
      return;
    }
    findings_.push_back({.check = "P13",
                         .severity = Severity::cannot_measure,
                         .message = judge.error().message,
                         .remedy = plan_.limits.latency_max
                                       ? "expose a latency histogram, or remove the latency limit "
                                         "(canary.analysis.threshold.latency, --latency-threshold)"
                                       : ""});
  }

  void plan_route() {
    ports_.router.plan(
        plan_, workload_, [self = shared_from_this()](Result<Planned<ports::RoutePlan>> planned) {
          static_cast<void>(
              self->take(std::move(planned), self->route_, "route", "P14", Severity::refused));
          self->finish();
        });
  }

  void finish() {
    reply_(Prepared{.record = record(),
                    .findings = std::move(findings_),
                    .sections = std::move(sections_),
                    .stable_pods = std::move(stable_pods_),
                    .judge = std::nullopt});
  }

  [[nodiscard]] core::Record record() const {
    core::Record record{.plan = plan_};
    record.settled = false;
    record.first_install = release_.first_install;
    record.start_revision = release_.start_revision;
    record.stable_version = release_.stable_version;
    record.canary_version = release_.canary_version;
    record.release_plan = release_.data;
    record.workload_plan = pack(workload_);
    record.route_plan = route_.data;
    if (!metrics_.data.is_null()) record.metric_plan = pack(metrics_);
    if (release_.first_install) {
      record.plan = core::for_first_install(plan_);
      record.phase = core::Phase::promoting;
      record.stage = core::Stage::upgrade;
    }
    return record;
  }

  core::Plan plan_;
  Ports ports_;
  Reply<Prepared> reply_;
  ports::ReleasePlan release_;
  ports::WorkloadPlan workload_;
  std::vector<ports::PodTarget> pods_;
  ports::MetricPlan metrics_;
  ports::RoutePlan route_;
  std::vector<Finding> findings_;
  std::vector<Section> sections_;
  std::vector<std::uint32_t> stable_pods_;
};

}  // namespace

void prepare(const core::Plan& plan, Ports ports, Reply<Prepared> reply) {
  std::make_shared<Preparation>(plan, ports, std::move(reply))->begin();
}

}  // namespace kai::engine
