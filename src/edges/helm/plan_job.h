// The plan of a release, step by step: records, pinned inputs, two renders, comparison, tag probe,
// rehearsal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/reply.h"
#include "core/plan/plan.h"
#include "edges/helm/helm_run.h"
#include "edges/helm/pinned_inputs.h"
#include "edges/helm/release_records.h"
#include "ports/release.h"

namespace kai::edges {

struct PlanRequest {
  core::Plan plan;
  HelmTarget target;  // resolved: namespace and context are what they will stay
  std::vector<std::string> other_name_spaces;  // where a release of that name may be by mistake
};

struct MadePlan {
  ports::Planned<ports::ReleasePlan> planned;
  std::shared_ptr<PrivateDirectory>
      files;  // to be kept as long as the plan may be carried out; may be null
};

// Changes nothing in the cluster. An error only when the records of the release cannot be read;
// everything else that goes wrong is a finding, and what can still be learnt after it is.
void make_release_plan(const Helm& helm, kubeapi::Client& api, const ReleaseRecords& records,
                       PlanRequest request, Reply<MadePlan> reply);

}  // namespace kai::edges
