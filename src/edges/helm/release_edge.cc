#include "edges/helm/release_edge.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "edges/helm/pinned_plan.h"
#include "edges/helm/plan_job.h"
#include "edges/helm/release_state.h"

namespace kai::edges {

// Also the memory of observing: for how long a pending record has stood.
struct HelmRelease::Pinned {
  std::shared_ptr<PrivateDirectory> files;
  std::int64_t pending_revision = 0;
  SteadyTime pending_since;
};

namespace {

using State = core::ReleaseSeen::State;

// The newest record of the start, and all newer ones: nothing else can tell what happened since.
std::vector<RecordLabels> to_look_at(const PinnedPlan& plan,
                                     const std::vector<RecordLabels>& records) {
  std::vector<RecordLabels> wanted;
  for (const RecordLabels& record : records) {
    if (record.revision > plan.start.newest_revision) wanted.push_back(record);
  }
  if (wanted.empty() && !records.empty()) wanted.push_back(records.back());
  return wanted;
}

RevisionSeen seen_of(const PinnedPlan& plan, const StoredRelease& release) {
  const auto documents = parse_manifest(release.manifest, plan.target.name_space);
  return {.revision = release.revision,
          .status = release.status,
          .description = release.description,
          .is_candidate = documents && manifest_digest(*documents, plan.volatiles) == plan.digest};
}

std::vector<std::string> other_name_spaces(const std::string& used, const std::string& of_context) {
  std::vector<std::string> others;
  for (const std::string& other : {of_context, std::string("default")}) {
    const bool wanted =
        !other.empty() && other != used && std::ranges::find(others, other) == others.end();
    if (wanted) others.push_back(other);
  }
  return others;
}

void refuse_later(const Helm& helm, const Error& error, auto reply) {
  later(helm, [error, reply = std::move(reply)]() mutable { reply(std::unexpected(error)); });
}

}  // namespace

Helm make_helm(os::Process& process, os::Disk& disk, const SteadyClock& steady, Timers& timers,
               const HelmOptions& options) {
  return {.process = process,
          .disk = disk,
          .steady = steady,
          .timers = timers,
          .binary = options.binary,
          .environment = helm_environment(options.environment, options.kubeconfig)};
}

HelmRelease::HelmRelease(const Helm& helm, kubeapi::Client& api, HelmOptions options)
    : helm_(helm),
      api_(api),
      options_(std::move(options)),
      records_(api, options_.driver),
      promotion_(std::make_shared<Promotion>(helm_, api, records_)),
      pinned_(std::make_shared<Pinned>()) {}

void HelmRelease::plan(const core::Plan& plan, Reply<ports::Planned<ports::ReleasePlan>> reply) {
  const core::Target& target = plan.target;
  const std::string name_space =
      target.name_space.empty() ? options_.name_space : target.name_space;
  PlanRequest request{
      .plan = plan,
      .target = {.release = target.release, .name_space = name_space, .context = options_.context},
      .other_name_spaces = other_name_spaces(name_space, options_.name_space)};
  make_release_plan(helm_, api_, records_, std::move(request),
                    [pinned = pinned_, reply = std::move(reply)](Result<MadePlan> made) mutable {
                      if (!made) return reply(std::unexpected(made.error()));
                      pinned->files = made->files;
                      reply(std::move(made->planned));
                    });
}

void HelmRelease::upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) {
  Result<PinnedPlan> pinned = pinned_plan_from(plan, options_.context);
  if (!pinned) return refuse_later(helm_, pinned.error(), std::move(reply));
  promotion_->upgrade(std::move(*pinned), rollout, std::move(reply));
}

void HelmRelease::stop_upgrade() { promotion_->stop(); }

void HelmRelease::revert(const Tree& plan, const std::string& /*rollout*/, Reply<Unit> reply) {
  const Result<PinnedPlan> pinned = pinned_plan_from(plan, options_.context);
  if (!pinned) return refuse_later(helm_, pinned.error(), std::move(reply));
  promotion_->revert(*pinned, std::move(reply));
}

namespace {

// Somebody's Helm may still be at work on a pending record (ours, when another process of ours died
// over it): it is waited for as long as such a run may last, on our own clock.
void see_pending(const PinnedPlan& plan, const std::vector<RevisionSeen>& revisions, SteadyTime now,
                 std::int64_t& pending_revision, SteadyTime& pending_since,
                 core::ReleaseSeen& seen) {
  const bool pending = !revisions.empty() && is_pending(revisions.back().status);
  if (!pending) {
    pending_revision = 0;
    return;
  }
  if (pending_revision != revisions.back().revision) {
    pending_revision = revisions.back().revision;
    pending_since = now;
  }
  const Duration bound = 2 * plan.timeout + std::chrono::seconds(5);
  if (now - pending_since < bound) seen.helm = core::ReleaseSeen::Helm::running;
}

}  // namespace

void HelmRelease::observe(const Tree& plan, const std::string& rollout,
                          Reply<core::ReleaseSeen> reply) {
  const Result<PinnedPlan> pinned = pinned_plan_from(plan, options_.context);
  if (!pinned) return refuse_later(helm_, pinned.error(), std::move(reply));
  // Taken before the records are read: a Helm that ends meanwhile is then still running in this
  // answer, and a record that is older than its end is never taken for its outcome.
  const core::ReleaseSeen::Helm state = promotion_->state();
  records_.list(
      pinned->target.name_space, pinned->target.release,
      [records = records_, plan = *pinned, rollout, state, promotion = promotion_, memory = pinned_,
       &steady = helm_.steady,
       reply = std::move(reply)](Result<std::vector<RecordLabels>> found) mutable {
        if (!found) return reply(std::unexpected(found.error()));
        records.read_all(
            to_look_at(plan, *found),
            [plan, rollout, state, promotion, memory, &steady,
             reply = std::move(reply)](Result<std::vector<StoredRelease>> releases) mutable {
              if (!releases) return reply(std::unexpected(releases.error()));
              std::vector<RevisionSeen> revisions;
              for (const StoredRelease& release : *releases)
                revisions.push_back(seen_of(plan, release));
              core::ReleaseSeen seen = judge_release(plan.start, rollout, revisions);
              seen.helm = state;
              see_pending(plan, revisions, steady.now(), memory->pending_revision,
                          memory->pending_since, seen);
              if (seen.helm == core::ReleaseSeen::Helm::failed && !promotion->words().empty()) {
                seen.detail += seen.detail.empty() ? "" : "; ";
                seen.detail += "helm: " + promotion->words();
              }
              reply(std::move(seen));
            });
      });
}

}  // namespace kai::edges
