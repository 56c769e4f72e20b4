// Event words: what is told of a rollout to whoever describes an object of the cluster. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/traffic/weight.h"
#include "kubeapi/events.h"
#include "ports/rollout_view.h"

namespace kai::edges {

// Whom an event is about.
enum class Regarding {
  record,                // the ConfigMap of the rollout's record: the whole story
  record_and_workloads,  // ... and each stable Deployment: how it ended, or why it waits
};

struct ClusterEvent {
  Regarding regarding = Regarding::record;
  kubeapi::EventText text;
};

// When this process begins to look after the rollout.
[[nodiscard]] ClusterEvent beginning_of(const core::Record& record);

// Empty: this is nothing for the cluster. `before`: the weight authorised before; it tells a
// lowering from a raise.
[[nodiscard]] std::optional<ClusterEvent> cluster_event_of(const ports::RolloutEvent& event,
                                                           const core::Record& record,
                                                           core::Weight before);

}  // namespace kai::edges
