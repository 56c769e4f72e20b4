// From what people wrote to a plan, or to every mistake at once.
#pragma once

#include <expected>
#include <vector>

#include "core/plan/plan.h"
#include "core/plan/settings.h"

namespace kai::core {

// `defaults` of the verb may name "release", "chart", "env" and others; see Sources.
[[nodiscard]] std::expected<Plan, std::vector<Mistake>> make_plan(const Sources& sources);

// Whether a canary is asked for, before the rest is read: `--canary`, or `canary.enabled: true`.
[[nodiscard]] bool is_canary(const Sources& sources);

}  // namespace kai::core
