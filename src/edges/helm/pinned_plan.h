// All that a later upgrade, revert or look needs of the plan, as it travels through the record.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "edges/helm/helm_command.h"
#include "edges/helm/manifest.h"
#include "edges/helm/release_state.h"

namespace kai::edges {

struct PinnedPlan {
  HelmTarget target;  // its context is never in the record
  ReleaseStart start;
  bool first_install = false;
  int helm_major = 0;   // that planned; another one would apply the chart in another way
  Duration timeout{0};  // of Helm's operations
  std::string digest;   // manifest_digest of the candidate
  Pointers volatiles;   // places that differ from render to render
  Tree inputs;          // of pinned_inputs.h; may hold secrets of the user's values
};

// Keys of the tree: "inputs" is kept apart, so that a store can put it where secrets belong.
[[nodiscard]] Tree to_tree(const PinnedPlan& plan);
// `context`: of the process that reads it. A record is written by others: the kubeconfig and
// context that one of older versions names were never checked here, and are ignored. malformed: not
// what `to_tree` made.
[[nodiscard]] Result<PinnedPlan> pinned_plan_from(const Tree& tree, const std::string& context);

}  // namespace kai::edges
