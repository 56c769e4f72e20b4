// HistoryEntry: what is kept of a rollout that is over.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/tree.h"
#include "core/rollout/record.h"

namespace kai::core {

// A finished rollout. A copy, never authority.
struct HistoryEntry {
  std::string rollout;
  std::string release;
  std::string name_space;
  std::string stable_version;
  std::string canary_version;
  Phase phase = Phase::rolled_back;
  End end = End::none;
  Reason reason;
  WallTime started_at;
  WallTime ended_at;
  std::int64_t revision = 0;          // Helm revision that the rollout ended with
  std::vector<std::string> evidence;  // kept lines of the canary
  Tree unknown_fields;
};

}  // namespace kai::core
