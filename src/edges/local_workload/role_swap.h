// RoleSwap: makes one version of a release the stable one, in one step after the other, any of
// which may end it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "core/plan/local_release.h"
#include "edges/local_workload/fleet.h"

namespace kai::edges {

struct SwapTarget {
  core::LocalRelease release;
  std::string tag;
  std::string rollout;          // empty: a person's rollback
  std::int64_t returns_to = 0;  // a revision; 0: this is a new version
  std::string description;
  // The newest revision as it was when this was planned; another one means that somebody else was
  // faster. Empty: it does not matter.
  std::optional<std::int64_t> newest;
  // A version that cannot be made stable leaves a failed revision behind.
  bool records_failure = true;
};

// Its processes in their full number, those that are there among them, until they are healthy;
// then published in one change, written down, and the old ones drained and stopped. When they do
// not come up, the old ones stay published, and the new ones are stopped and stay in the file for
// the evidence. `*stop`: give up; once it is published, only the rest of the drain is given up.
// Errors: `rejected`: it did not come up; others as they came.
void swap_roles(const std::shared_ptr<Fleet>& fleet, SwapTarget target, std::shared_ptr<bool> stop,
                Reply<Unit> reply);

}  // namespace kai::edges
