// Reasons to lower the canary, or to give it up. Looked at before everything else in a tick.
// Private to core/rollout.
#pragma once

#include <optional>

#include "core/rollout/observation.h"
#include "core/rollout/record.h"

namespace kai::core {

// The record after the first reason to lower that holds; empty when there is none. Needs nothing to
// be known: what is unavailable is no reason.
[[nodiscard]] std::optional<Record> lowered(const Record& record, const Observation& seen);

}  // namespace kai::core
