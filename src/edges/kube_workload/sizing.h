// Sizing: how many canary pods a weight needs.
#pragma once

#include <cstdint>

#include "base/tree.h"
#include "core/traffic/weight.h"

namespace kai::edges {

// max(1, ceil(stable's ready pods x weight)); `fixed` above zero overrides it.
[[nodiscard]] std::uint32_t canary_pods_for(core::Weight weight, std::uint32_t stable_ready,
                                            std::uint32_t fixed);

// Largest weight that `ready` canary pods can take when `stable_ready` take all of it. With all
// pods that were wanted ready, everything that was asked for.
[[nodiscard]] core::Weight weight_for_pods(std::uint32_t ready, std::uint32_t wanted,
                                           std::uint32_t stable_ready);

// The highest weight that `pods` are enough for: canary_pods_for it is not more than `pods`.
[[nodiscard]] core::Weight covered_by(std::uint32_t pods, std::uint32_t stable_ready,
                                      std::uint32_t fixed);

// The weight that a clone's replicas were enough for when it was brought up. Zero when it does not
// say.
[[nodiscard]] core::Weight sized_for(const Tree& clone);

}  // namespace kai::edges
