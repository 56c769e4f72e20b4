// What became of a release since the start of a rollout, judged from release.json alone. Pure.
#pragma once

#include <string>

#include "core/rollout/observation.h"
#include "edges/local_workload/local_plan.h"
#include "edges/local_workload/release_file.h"

namespace kai::edges {

// The state of our own run is not known here: `helm` is idle in the answer. `reverted` also stands
// for a version that failed before it was published: the start is what is served.
[[nodiscard]] core::ReleaseSeen judge_local(const LocalPlan& plan, const std::string& rollout,
                                            const ReleaseFile& file);

}  // namespace kai::edges
