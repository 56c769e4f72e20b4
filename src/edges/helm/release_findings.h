// What speaks against a rollout, told by Helm's records and by the render: P2, P3, P3b, P9, P10,
// P11, P19 and the determinism of the chart. Pure; P8 is asked of the API server in rehearsal.h.
#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "edges/helm/images.h"
#include "edges/helm/render.h"
#include "edges/helm/stored_release.h"
#include "ports/finding.h"

namespace kai::edges {

using Findings = std::vector<ports::Finding>;

// P2: none where expected, but there is one of that name in `elsewhere`.
[[nodiscard]] ports::Finding found_elsewhere(const HelmTarget& target,
                                             const std::string& elsewhere);

// P2, P3 and P3b over all records of the release, oldest first and not empty.
[[nodiscard]] Findings check_records(const HelmTarget& target,
                                     const std::vector<StoredRelease>& history);
// The deployed revision that a rollout starts from; null when check_records refuses for lack of
// one.
[[nodiscard]] const StoredRelease* deployed_revision(const std::vector<StoredRelease>& history);

// What was learnt from stable and candidate.
struct Candidate {
  const core::Plan& plan;
  const Rendered& rendered;
  const std::vector<Document>& stable;  // empty on a first install
  const std::vector<ports::ObjectChange>& changes;
  const std::vector<ObjectKey>& selected;  // workloads that the rollout is about; may be empty
  bool first_install = false;
};

[[nodiscard]] Findings check_changes(const Candidate& candidate);      // P9
[[nodiscard]] Findings check_determinism(const Candidate& candidate);  // "render"
[[nodiscard]] Findings check_mutable_tag(const Candidate& candidate);  // P11
[[nodiscard]] Findings check_hooks(const Candidate& candidate);        // P19, told only

// P10: workloads that the tag has to reach and does not. Empty: it reached all of them, or there is
// no tag.
[[nodiscard]] std::vector<ObjectKey> missed_by_tag(const Candidate& candidate);
// `remedy` from the tag probe; empty when no values path would do.
[[nodiscard]] ports::Finding tag_missed(const Candidate& candidate, const ObjectKey& workload,
                                        const std::string& remedy);

}  // namespace kai::edges
