// Clone plan: the objects of ours that run the candidate beside stable. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "edges/kube_workload/arms.h"
#include "edges/kube_workload/clone.h"
#include "edges/kube_workload/live_selectors.h"
#include "edges/kube_workload/selection.h"
#include "ports/finding.h"
#include "ports/release.h"

namespace kai::edges {

struct ClonePlan {
  std::vector<Tree> objects;             // in the order in which they are made
  std::vector<std::string> lines;        // for `plan`, one per workload and per copy
  std::vector<ports::Finding> findings;  // P16: a selector that would catch the canary's pods
};

// Changed or new configuration that a chosen pod names gets a copy under a name made from its
// content; the rest is shared with stable.
[[nodiscard]] ClonePlan plan_clones(const std::vector<Selected>& selected,
                                    const ports::ReleasePlan& release, const LiveSelectors& live,
                                    const CloneContext& context);

// Both templates as rendered, without what every render makes up anew.
[[nodiscard]] std::vector<ServiceArm> arms_of(const std::vector<Selected>& selected,
                                              const ports::ReleasePlan& release);

}  // namespace kai::edges
