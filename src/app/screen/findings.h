// What `plan` and a refused start print.
#pragma once

#include <string>
#include <vector>

#include "app/screen/line.h"
#include "base/tree.h"
#include "core/plan/plan.h"
#include "core/plan/settings.h"
#include "engine/prepare.h"
#include "ports/finding.h"

namespace kai::app {

// All findings but notes, each with cause and remedy; those that block a start first.
[[nodiscard]] Lines findings_lines(const std::vector<ports::Finding>& findings);
[[nodiscard]] Lines mistakes_lines(const std::vector<core::Mistake>& mistakes);

// "10% for 5m00s, 50% for 5m00s".
[[nodiscard]] std::string steps_text(const core::Plan& plan);

// Who was asked: nothing but what stands in files and options, or the cluster too.
enum class Asked { files, cluster };

// The whole plan: whether a rollout could start, the findings, steps and limits, each section, then
// the notes.
// Of files alone it is only said that they are read and make a plan.
[[nodiscard]] Lines plan_lines(const core::Plan& plan, const engine::Prepared& prepared,
                               Asked asked);
[[nodiscard]] Tree plan_tree(const core::Plan& plan, const engine::Prepared& prepared, Asked asked);

// Exit code of the findings: 0 when none blocks, else the most telling one (3 before 5, 4, 6).
[[nodiscard]] int exit_code_of(const std::vector<ports::Finding>& findings);

}  // namespace kai::app
