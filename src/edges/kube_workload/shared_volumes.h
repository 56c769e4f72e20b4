// Shared volumes: the claims that the canary's pods would mount beside stable's, and why not (P22).
// Two versions that write one volume can ruin it for both, and no rollback mends that. Pure.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "base/tree.h"

namespace kai::edges {

// A PersistentVolumeClaim that a pod template mounts.
struct ClaimUse {
  std::string claim;
  bool writable = false;  // some container may write it

  friend auto operator<=>(const ClaimUse&, const ClaimUse&) = default;
};

// Each claim once, in the order of the volumes. A generic ephemeral volume is each pod's own, so it
// is none; what no container mounts is not written, but attached all the same.
[[nodiscard]] std::vector<ClaimUse> claims_of(const Tree& pod_template);

// Why a second version may not mount the claim; empty when it may. `claim`: the live object; null
// when it is not there, or may not be read.
[[nodiscard]] std::optional<std::string> why_not_shared(const ClaimUse& use, const Tree& claim);

}  // namespace kai::edges
