// What `plan` prints about the judge, for people and as data.
#pragma once

#include "app/screen/line.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "engine/judge_plan.h"

namespace kai::app {

// How it looks, and for each service what its traffic can reveal.
[[nodiscard]] Lines judge_plan_lines(const core::Plan& plan, const engine::JudgePlan& judge);
// What is not known is absent.
[[nodiscard]] Tree judge_plan_tree(const core::Plan& plan, const engine::JudgePlan& judge);

}  // namespace kai::app
