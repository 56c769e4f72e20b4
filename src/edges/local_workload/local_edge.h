// The ports `Release` and `Workload` on one machine: versions of a release as processes.
#pragma once

#include <memory>
#include <string>

#include "edges/local_workload/local_seams.h"
#include "ports/release.h"
#include "ports/workload.h"

namespace kai::edges {

class Fleet;  // the processes of a release, and the file that knows them
struct SwapTarget;

// The first of the two ports that is destroyed ends what is under way; the processes go on. Both go
// before the loop. One per release and process of ours; whoever holds the claim of the release may
// let it change things. `plan` needs `core::Plan::local`.
[[nodiscard]] std::shared_ptr<Fleet> make_fleet(LocalSeams seams, LocalOptions options);

class ProcessRelease final : public ports::Release {
 public:
  explicit ProcessRelease(std::shared_ptr<Fleet> fleet);
  ~ProcessRelease() override;

  void plan(const core::Plan& plan, Reply<ports::Planned<ports::ReleasePlan>> reply) override;
  // Swaps the roles: the candidate's processes to stable's number, those of the canary among them,
  // until healthy; published as stable in one change; then the old ones are drained and stopped.
  // When they do not come up the old ones stay published and the new ones are stopped.
  void upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void stop_upgrade() override;
  // Starts what is missing of the version of the start, publishes it, and stops the others.
  void revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  // As with Helm: an upgrade that failed before it was published
  // is `reverted`, since the start is what is served.
  void observe(const Tree& plan, const std::string& rollout,
               Reply<core::ReleaseSeen> reply) override;

 private:
  struct Run;
  void run(SwapTarget target, bool may_stop, Reply<Unit> reply);
  void refuse(Error error, Reply<Unit> reply);
  void later_refuse(Error error, Reply<Unit> reply);

  std::shared_ptr<Fleet> fleet_;
  std::shared_ptr<Run> run_;
};

class ProcessWorkload final : public ports::Workload {
 public:
  explicit ProcessWorkload(std::shared_ptr<Fleet> fleet);
  ~ProcessWorkload() override;

  void plan(const core::Plan& plan, const ports::ReleasePlan& release,
            Reply<ports::Planned<ports::WorkloadPlan>> reply) override;
  // Starts what is missing and answers; `observe` tells when they are healthy.
  void bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                Reply<Unit> reply) override;
  // A pod is a process: its name is "<service>-<tag>-<n>", its address "127.0.0.1:<port>".
  void observe(const Tree& plan, core::Weight size, Reply<ports::WorkloadState> reply) override;
  void evidence(const Tree& plan, Reply<ports::Evidence> reply) override;
  void discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) override;
  std::unique_ptr<ports::Watching> watch(
      const Tree& plan, std::move_only_function<void(ports::WorkloadNews)> tell) override;

 private:
  std::shared_ptr<Fleet> fleet_;
};

}  // namespace kai::edges
