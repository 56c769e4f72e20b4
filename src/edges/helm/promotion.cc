#include "edges/helm/promotion.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "codec/quote.h"
#include "edges/helm/pinned_inputs.h"
#include "edges/helm/rehearsal.h"
#include "edges/helm/render.h"

namespace kai::edges {

struct Promotion::Run {
  core::ReleaseSeen::Helm state = core::ReleaseSeen::Helm::idle;
  std::string words;
  std::optional<os::ProcessId> process;  // while Helm itself runs
  bool may_stop = false;
  bool stop_wanted = false;
};

namespace {

using State = core::ReleaseSeen::Helm;
using Run = Promotion::Run;

// Helm's own rollback may take its time-out again; SIGTERM after that, and never SIGKILL. Should we
// die meanwhile, Helm must go on: it logs the failure of an upgrade before it rolls back, and would
// die of the broken pipe.
Duration bound_of(Duration timeout) { return 2 * timeout + std::chrono::seconds(5); }

void finish(Run& run, const Result<std::string>& output, Reply<Unit>& reply) {
  run.process.reset();
  run.may_stop = false;
  run.state = output ? State::succeeded : State::failed;
  run.words = output ? "" : output.error().message;
  if (!output) return reply(std::unexpected(output.error()));
  reply(Unit{});
}

// Helm ran, so asking again is useless, whatever words of a time-out are in its text: only the
// records tell what is.
Result<std::string> outcome_of(const Result<os::ProcessResult>& result) {
  if (!result) return std::unexpected(result.error());
  Result<std::string> output = helm_output(*result);
  if (!output) output.error().kind = ErrorKind::rejected;
  return output;
}

void launch(const Helm& helm, Argv argv, Duration timeout, const std::shared_ptr<Run>& run,
            Reply<Unit> reply, std::shared_ptr<void> keep) {
  os::ProcessSpec spec{.argv = std::move(argv),
                       .environment = helm.environment,
                       .timeout = bound_of(timeout),
                       .kill_after = Duration::zero(),
                       .outlives_us = true};
  run->process = helm.process.start(
      std::move(spec),
      [run, keep = std::move(keep), reply = std::move(reply)](
          Result<os::ProcessResult> result) mutable { finish(*run, outcome_of(result), reply); });
}

// The looks before the upgrade, and the upgrade: one step after the other, any of them may end it.
class UpgradeJob : public std::enable_shared_from_this<UpgradeJob> {
 public:
  UpgradeJob(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records, PinnedPlan plan,
             std::string rollout, std::shared_ptr<Run> run, Reply<Unit> reply)
      : helm_(helm),
        api_(api),
        records_(records),
        plan_(std::move(plan)),
        rollout_(std::move(rollout)),
        run_(std::move(run)),
        reply_(std::move(reply)) {}

  void begin() {
    const Result<PinnedInputs> inputs = inputs_from_tree(helm_.disk, plan_.inputs);
    if (!inputs) return give_up(inputs.error());
    Result<WrittenInputs> written = write_inputs(helm_.disk, *inputs);
    if (!written) return give_up(written.error());
    written_ = std::move(*written);
    detect_helm(helm_, [self = shared_from_this()](Result<HelmVersion> version) {
      if (!version) return self->give_up(version.error());
      self->take_version(*version);
    });
  }

 private:
  void take_version(HelmVersion version) {
    if (version.major != plan_.helm_major) {
      return refuse("the rollout was planned with Helm " + std::to_string(plan_.helm_major) +
                    ", this is Helm " + std::to_string(version.major) +
                    ", which applies a chart in another way");
    }
    call_ = UpgradeCall{.binary = helm_.binary,
                        .helm = version,
                        .target = plan_.target,
                        .chart = written_.chart,
                        .values = written_.values,
                        .install = plan_.first_install};
    records_.history(plan_.target.name_space, plan_.target.release,
                     [self = shared_from_this()](Result<std::vector<StoredRelease>> history) {
                       if (!history) return self->give_up(history.error());
                       self->take_history(std::move(*history));
                     });
  }

  void take_history(std::vector<StoredRelease> history) {
    const std::int64_t newest = history.empty() ? 0 : history.back().revision;
    if (newest != plan_.start.newest_revision) {
      return refuse("the release was changed by someone else: its newest revision is " +
                    std::to_string(newest) + ", at the start it was " +
                    std::to_string(plan_.start.newest_revision));
    }
    if (!history.empty() && is_pending(history.back().status)) {
      return refuse("the release is " + std::string(name_of(history.back().status)) +
                    ": another Helm is at work");
    }
    for (StoredRelease& release : history) {
      if (release.revision == plan_.start.start_revision) stable_ = std::move(release);
    }
    render(helm_, call_, [self = shared_from_this()](Result<Rendered> rendered) {
      if (!rendered) return self->give_up(rendered.error());
      self->take_render(std::move(*rendered));
    });
  }

  void take_render(Rendered rendered) {
    if (manifest_digest(rendered.documents, plan_.volatiles) != plan_.digest) {
      return refuse(
          "the pinned chart and values render to something else now than what was judged (a lookup "
          "in the "
          "cluster, or its version, has changed): start a new rollout");
    }
    if (plan_.first_install) return upgrade();
    auto stable = parse_manifest(stable_.manifest, plan_.target.name_space);
    if (!stable) return give_up(stable.error());
    const auto method =
        stable_.apply_method == "ssa" ? ApplyMethod::server_side : ApplyMethod::client_side;
    rehearse(api_, method, changed_documents(*stable, std::move(rendered.documents)),
             [self = shared_from_this()](Result<Rehearsed> rehearsed) {
               if (!rehearsed) return self->give_up(rehearsed.error());
               for (const ports::Finding& finding : rehearsed->findings) {
                 if (ports::blocks(finding)) return self->refuse(finding.message);
               }
               self->upgrade();
             });
  }

  void upgrade() {
    if (run_->stop_wanted) return refuse("stopped before Helm was called");
    const UpgradeRun how{.timeout = plan_.timeout,
                         .description = our_description(rollout_),
                         .roll_back = !plan_.first_install};
    launch(helm_, upgrade_argv(call_, how), plan_.timeout, run_, std::move(reply_),
           written_.directory);
  }

  void refuse(std::string why) {
    give_up({.kind = ErrorKind::rejected, .message = std::move(why)});
  }
  void give_up(Error error) { finish(*run_, std::unexpected(std::move(error)), reply_); }

  Helm helm_;
  kubeapi::Client& api_;
  ReleaseRecords records_;
  PinnedPlan plan_;
  std::string rollout_;
  std::shared_ptr<Run> run_;
  Reply<Unit> reply_;
  WrittenInputs written_;
  UpgradeCall call_;
  StoredRelease stable_;
};

std::shared_ptr<Run> begin_run(bool may_stop) {
  auto run = std::make_shared<Run>();
  run->state = State::running;
  run->may_stop = may_stop;
  return run;
}

bool is_busy(const std::shared_ptr<Run>& run) {
  return run != nullptr && run->state == State::running;
}

void refuse_busy(const Helm& helm, Reply<Unit> reply) {
  later(helm, [reply = std::move(reply)]() mutable {
    reply(fail(ErrorKind::unavailable, "an operation of Helm is under way already"));
  });
}

}  // namespace

Promotion::Promotion(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records)
    : helm_(helm), api_(api), records_(records), run_(std::make_shared<Run>()) {}

Promotion::~Promotion() = default;

void Promotion::upgrade(PinnedPlan plan, const std::string& rollout, Reply<Unit> reply) {
  if (is_busy(run_)) return refuse_busy(helm_, std::move(reply));
  run_ = begin_run(true);
  const auto job = std::make_shared<UpgradeJob>(helm_, api_, records_, std::move(plan), rollout,
                                                run_, std::move(reply));
  later(helm_, [job] { job->begin(); });
}

void Promotion::stop() {
  if (!is_busy(run_) || !run_->may_stop || run_->stop_wanted) return;
  run_->stop_wanted = true;
  if (run_->process) helm_.process.terminate(*run_->process);
}

void Promotion::revert(const PinnedPlan& plan, Reply<Unit> reply) {
  if (is_busy(run_)) return refuse_busy(helm_, std::move(reply));
  run_ = begin_run(false);
  detect_helm(helm_, [helm = helm_, plan, run = run_,
                      reply = std::move(reply)](Result<HelmVersion> version) mutable {
    if (!version) return finish(*run, std::unexpected(version.error()), reply);
    if (plan.start.start_revision < 1) {
      return finish(*run,
                    fail(ErrorKind::rejected,
                         "there is no revision to go back to: this was the first install"),
                    reply);
    }
    const RollbackCall call{.binary = helm.binary,
                            .helm = *version,
                            .target = plan.target,
                            .revision = plan.start.start_revision,
                            .timeout = plan.timeout};
    launch(helm, rollback_argv(call), plan.timeout, run, std::move(reply), nullptr);
  });
}

core::ReleaseSeen::Helm Promotion::state() const { return run_->state; }

const std::string& Promotion::words() const { return run_->words; }

}  // namespace kai::edges
