// The plan of a release in words, for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "edges/helm/images.h"
#include "edges/helm/pinned_inputs.h"
#include "edges/helm/render.h"
#include "edges/helm/stored_release.h"

namespace kai::edges {

// What runs now, in a word: the tag of the selected workloads when they agree, else chart and
// revision.
[[nodiscard]] std::string stable_version(const std::vector<ObjectKey>& selected,
                                         const std::vector<Document>& stable,
                                         const StoredRelease& release);
// What would run: the tag, else the chart.
[[nodiscard]] std::string canary_version(const core::Plan& plan, const Rendered& rendered);

struct PlanWords {
  const UpgradeCall& call;
  const StoredRelease& stable;  // empty on a first install
  const PinnedInputs& inputs;
  const Rendered& rendered;
  const std::vector<ports::ObjectChange>& changes;
};
// Release, chart digest, value inputs (of `--set` only the keys), and a line per object that
// changes.
[[nodiscard]] std::vector<std::string> plan_lines(const PlanWords& words);

}  // namespace kai::edges
