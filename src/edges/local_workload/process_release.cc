#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/local_workload/fleet.h"
#include "edges/local_workload/local_edge.h"
#include "edges/local_workload/local_state.h"
#include "edges/local_workload/release_plan.h"
#include "edges/local_workload/role_swap.h"

namespace kai::edges {

using Helm = core::ReleaseSeen::Helm;  // the port's word for whoever changes a release

struct ProcessRelease::Run {
  Helm state = Helm::idle;
  std::string words;  // why it failed
  std::shared_ptr<bool> stop = std::make_shared<bool>(false);
  bool may_stop = false;
};

ProcessRelease::ProcessRelease(std::shared_ptr<Fleet> fleet)
    : fleet_(std::move(fleet)), run_(std::make_shared<Run>()) {}

ProcessRelease::~ProcessRelease() { fleet_->close(); }

void ProcessRelease::plan(const core::Plan& plan, Reply<ports::Planned<ports::ReleasePlan>> reply) {
  fleet_->later([fleet = fleet_, plan, reply = std::move(reply)]() mutable {
    reply(plan_release(*fleet, plan));
  });
}

void ProcessRelease::upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) {
  const auto data = local_plan_from(plan);
  if (!data) return refuse(data.error(), std::move(reply));
  SwapTarget target{.release = data->release,
                    .tag = data->tag,
                    .rollout = rollout,
                    .description = data->is_first_install() ? "first install" : "promoted",
                    .newest = data->newest_revision};
  run(std::move(target), true, std::move(reply));
}

void ProcessRelease::stop_upgrade() {
  if (run_->state == Helm::running && run_->may_stop) *run_->stop = true;
}

void ProcessRelease::revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) {
  const auto data = local_plan_from(plan);
  if (!data) return refuse(data.error(), std::move(reply));
  const auto file = fleet_->load();
  if (!file) return refuse(file.error(), std::move(reply));
  const LocalRevision* const start = file->find(data->start_revision);
  if (start == nullptr) {
    return refuse({.kind = ErrorKind::rejected,
                   .message = "there is no revision to go back to: " +
                              std::string(data->is_first_install()
                                              ? "this was the first install"
                                              : "release.json does not have it any more")},
                  std::move(reply));
  }
  SwapTarget target{.release = start->release,
                    .tag = start->tag,
                    .rollout = rollout,
                    .returns_to = start->revision,
                    .description = "return to revision " + std::to_string(start->revision),
                    .records_failure = false};
  run(std::move(target), false, std::move(reply));
}

void ProcessRelease::run(SwapTarget target, bool may_stop, Reply<Unit> reply) {
  if (run_->state == Helm::running) {
    return later_refuse(
        {.kind = ErrorKind::unavailable, .message = "a change of the release is under way already"},
        std::move(reply));
  }
  run_ = std::make_shared<Run>();
  run_->state = Helm::running;
  run_->may_stop = may_stop;
  swap_roles(fleet_, std::move(target), run_->stop,
             [run = run_, reply = std::move(reply)](Result<Unit> ended) mutable {
               run->state = ended ? Helm::succeeded : Helm::failed;
               run->words = ended ? "" : ended.error().message;
               reply(std::move(ended));
             });
}

// What was not even begun failed, too: it is asked for once.
void ProcessRelease::refuse(Error error, Reply<Unit> reply) {
  if (run_->state != Helm::running) {
    run_ = std::make_shared<Run>();
    run_->state = Helm::failed;
    run_->words = error.message;
  }
  later_refuse(std::move(error), std::move(reply));
}

void ProcessRelease::later_refuse(Error error, Reply<Unit> reply) {
  fleet_->later([reply = std::move(reply), error = std::move(error)]() mutable {
    reply(std::unexpected(std::move(error)));
  });
}

void ProcessRelease::observe(const Tree& plan, const std::string& rollout,
                             Reply<core::ReleaseSeen> reply) {
  fleet_->later([fleet = fleet_, run = run_, data = local_plan_from(plan), rollout,
                 reply = std::move(reply)]() mutable {
    if (!data) return reply(std::unexpected(data.error()));
    const auto file = fleet->load();
    if (!file) return reply(std::unexpected(file.error()));
    core::ReleaseSeen seen = judge_local(*data, rollout, *file);
    seen.helm = run->state;
    if (run->state == Helm::failed && !run->words.empty())
      seen.detail = codec::printable(run->words);
    reply(std::move(seen));
  });
}

}  // namespace kai::edges
