// kube_workload: clones of Deployments with their Services and changed configuration, beside the
// untouched stable ones.
#pragma once

#include <memory>

#include "base/random.h"
#include "edges/kube_workload/arms.h"
#include "kubeapi/client.h"
#include "ports/workload.h"

namespace kai::edges {

class KubeWorkload final : public ports::Workload {
 public:
  KubeWorkload(kubeapi::Client& client, Random& random);

  void plan(const core::Plan& plan, const ports::ReleasePlan& release,
            Reply<ports::Planned<ports::WorkloadPlan>> reply) override;
  void bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                Reply<Unit> reply) override;
  void observe(const Tree& plan, core::Weight size, Reply<ports::WorkloadState> reply) override;
  void evidence(const Tree& plan, Reply<ports::Evidence> reply) override;
  void discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) override;
  std::unique_ptr<ports::Watching> watch(
      const Tree& plan, std::move_only_function<void(ports::WorkloadNews)> tell) override;

 private:
  kubeapi::Client& client_;
  Random& random_;
  // Set by the watch; the next look may not wait behind other requests.
  std::shared_ptr<bool> endpoints_lost_ = std::make_shared<bool>(false);
  std::shared_ptr<ArmsMemory> memory_ = std::make_shared<ArmsMemory>();
};

}  // namespace kai::edges
