// Values of a chart as a person would see them merged: for the `canary` block, before anything is
// planned.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/reply.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "edges/helm/helm_run.h"

namespace kai::edges {

// `over` laid over `under` as Helm does it: maps are merged, everything else is replaced, null
// takes a key away.
[[nodiscard]] Tree merge_values(Tree under, const Tree& over);

// The chart's own values.yaml, then the environment's file, then the files of `inputs` in their
// order; settings of
// --set are not looked at. Lines are those of the file that had the last word. rejected: a file is
// missing or no YAML (named, with its line). A chart that is no directory is asked from Helm (`helm
// show values`).
void chart_values(const Helm& helm, const core::ChartInputs& inputs, Reply<Tree> reply);

}  // namespace kai::edges
