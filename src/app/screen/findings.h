// What `plan` and a refused start print.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "core/plan/plan.h"
#include "core/plan/settings.h"
#include "engine/prepare.h"
#include "ports/finding.h"

namespace kai::app {

// All findings, each with cause and remedy; notes only when `notes`.
[[nodiscard]] std::string findings_text(const std::vector<ports::Finding>& findings, bool notes);
[[nodiscard]] std::string mistakes_text(const std::vector<core::Mistake>& mistakes);
// The whole plan: steps and limits, then each section, then findings and whether a rollout could
// start.
[[nodiscard]] std::string plan_text(const core::Plan& plan, const engine::Prepared& prepared);
[[nodiscard]] Tree plan_tree(const core::Plan& plan, const engine::Prepared& prepared);

// Exit code of the findings: 0 when none blocks, else the most telling one (3 before 5, 4, 6).
[[nodiscard]] int exit_code_of(const std::vector<ports::Finding>& findings);

}  // namespace kai::app
