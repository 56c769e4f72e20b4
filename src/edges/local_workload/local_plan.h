// What a rollout on this machine is about, as it is kept in its record: the plan of both ports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "core/plan/local_release.h"

namespace kai::edges {

// A service that both versions have: only such a one has two arms.
struct JudgedService {
  std::string name;
  std::uint32_t stable_instances =
      0;  // of the version of the start; first install: the candidate's

  friend bool operator==(const JudgedService&, const JudgedService&) = default;
};

struct LocalPlan {
  core::LocalRelease release;          // the candidate's
  std::string tag;                     // ... and its tag
  std::string stable_tag;              // empty on a first install
  std::int64_t start_revision = 0;     // the deployed one; 0 on a first install
  std::int64_t newest_revision = 0;    // of all, which may be a failed one above it
  std::uint32_t canary_instances = 0;  // of each service; 0: by weight
  std::vector<JudgedService> judged;   // of the workload's plan

  [[nodiscard]] bool is_first_install() const { return start_revision == 0; }
};

[[nodiscard]] Tree to_tree(const LocalPlan& plan);
[[nodiscard]] Result<LocalPlan> local_plan_from(const Tree& tree);

}  // namespace kai::edges
