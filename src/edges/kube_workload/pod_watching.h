// PodWatching: tells that pods of the canary or endpoints of a service changed.
#pragma once

#include <functional>
#include <memory>

#include "base/random.h"
#include "edges/kube_workload/endpoint_losses.h"
#include "edges/kube_workload/workload_data.h"
#include "kubeapi/watch.h"
#include "ports/workload.h"

namespace kai::edges {

class PodWatching final : public ports::Watching {
 public:
  using Tell = std::move_only_function<void(ports::WorkloadNews)>;

  PodWatching(kubeapi::Client& client, Random& random, const WorkloadData& data, Tell tell);

 private:
  std::shared_ptr<Tell> tell_;  // what it calls may destroy this
  std::shared_ptr<EndpointLosses> losses_;
  kubeapi::Watch pods_;
  kubeapi::Watch endpoints_;
};

}  // namespace kai::edges
