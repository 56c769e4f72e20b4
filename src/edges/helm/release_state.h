// What became of the release since the start of a rollout, judged from Helm's records alone. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/rollout/observation.h"
#include "edges/helm/stored_release.h"

namespace kai::edges {

// How the release was when the rollout was planned.
struct ReleaseStart {
  std::int64_t start_revision = 0;   // the deployed one; 0 on a first install
  std::int64_t newest_revision = 0;  // the newest record of all, which may be a failed one above it
};

// The description by which a revision is known as ours. Helm replaces it when the upgrade fails.
[[nodiscard]] std::string our_description(std::string_view rollout);

struct RevisionSeen {
  std::int64_t revision = 0;
  ReleaseStatus status = ReleaseStatus::unknown;
  std::string description;
  bool is_candidate = false;  // its manifest is the pinned one
};

// `revisions`: the newest record of the start and every newer one, oldest first; empty when no
// record is left. Helm's own state is not known here: `helm` is idle in the answer. `reverted` says
// that the record of a rollback to the start is deployed; whether the live templates equal it is
// the workload edge's to see.
[[nodiscard]] core::ReleaseSeen judge_release(const ReleaseStart& start, std::string_view rollout,
                                              const std::vector<RevisionSeen>& revisions);

}  // namespace kai::edges
