#include "edges/kube_workload/workload_edge.h"

#include <utility>

#include "codec/json.h"
#include "edges/kube_workload/bring_up.h"
#include "edges/kube_workload/discard.h"
#include "edges/kube_workload/evidence.h"
#include "edges/kube_workload/fetch.h"
#include "edges/kube_workload/plan_job.h"
#include "edges/kube_workload/pod_watching.h"
#include "edges/kube_workload/workload_data.h"

namespace kai::edges {
namespace {

// Bad data is found before anything was asked, and a reply may not come before the call returned.
template <typename T>
void later(kubeapi::Client& client, Reply<T> reply, Error error) {
  client.timers().at(client.steady().now(),
                     [reply = std::move(reply), error = std::move(error)]() mutable {
                       reply(std::unexpected(std::move(error)));
                     });
}

}  // namespace

KubeWorkload::KubeWorkload(kubeapi::Client& client, Random& random)
    : client_(client), random_(random) {}

void KubeWorkload::plan(const core::Plan& plan, const ports::ReleasePlan& release,
                        Reply<ports::Planned<ports::WorkloadPlan>> reply) {
  plan_workload(client_, plan, release, std::move(reply));
}

void KubeWorkload::bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                            Reply<Unit> reply) {
  auto data = workload_data_from(plan);
  if (!data) return later<Unit>(client_, std::move(reply), data.error());
  bring_up_clones(client_, std::move(*data), size, stamp, std::move(reply));
}

void KubeWorkload::observe(const Tree& plan, core::Weight size, Reply<ports::WorkloadState> reply) {
  auto data = workload_data_from(plan);
  if (!data) return later<ports::WorkloadState>(client_, std::move(reply), data.error());
  const std::string name_space = data->name_space;
  fetch_snapshot(
      client_, name_space, std::exchange(*endpoints_lost_, false),
      [data = std::move(*data), size, memory = memory_, &steady = client_.steady(),
       reply = std::move(reply)](Result<Snapshot> snapshot) mutable {
        if (!snapshot) return reply(std::unexpected(snapshot.error()));
        reply(state_of(data.services, *snapshot, size, data.fixed_pods, steady.now(), *memory));
      });
}

void KubeWorkload::evidence(const Tree& plan, Reply<ports::Evidence> reply) {
  auto data = workload_data_from(plan);
  if (!data) return later<ports::Evidence>(client_, std::move(reply), data.error());
  gather_evidence(client_, std::move(*data), std::move(reply));
}

void KubeWorkload::discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) {
  // The labels say what is ours: cleaning up works without the plan, too.
  const auto data = workload_data_from(plan);
  if (!data) return later<bool>(client_, std::move(reply), data.error());
  discard_clones(client_, data->name_space, rollout, std::move(reply));
}

std::unique_ptr<ports::Watching> KubeWorkload::watch(
    const Tree& plan, std::move_only_function<void(ports::WorkloadNews)> tell) {
  const auto data = workload_data_from(plan);
  if (!data || data->services.empty()) return nullptr;
  return std::make_unique<PodWatching>(
      client_, random_, *data,
      [lost = endpoints_lost_, tell = std::move(tell)](ports::WorkloadNews news) mutable {
        if (news != ports::WorkloadNews::changed) *lost = true;
        tell(news);
      });
}

}  // namespace kai::edges
