// kube_events: a viewer that tells the cluster's own users what happens, as Events. It comes after
// the act, and nothing waits for it.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "kubeapi/client.h"
#include "kubeapi/events.h"
#include "ports/rollout_view.h"

namespace kai::edges {

inline constexpr std::size_t events_before_objects_max = 32;  // held until the objects are known
inline constexpr std::size_t event_workloads_max = 20;        // Deployments that are told about

class EventViewer final : public ports::RolloutViewer {
 public:
  // `record`: name of the ConfigMap that holds the rollout's record. `instance`: which process.
  EventViewer(kubeapi::Client& client, const SteadyClock& steady, const WallClock& wall, Log& log,
              std::string record, std::string instance);
  ~EventViewer() override;

  // The first call looks the objects up: an Event without its object's uid is shown by nobody. What
  // cannot be looked up is told about by name; what is not there is not.
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override;
  // Nothing is left to be posted.
  [[nodiscard]] bool is_idle() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kai::edges
