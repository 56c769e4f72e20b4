// Prepare: from a plan to a record that could start, or every reason why not. Changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/reply.h"
#include "core/plan/plan.h"
#include "core/rollout/record.h"
#include "engine/judge_plan.h"
#include "engine/ports.h"
#include "ports/finding.h"

namespace kai::engine {

// A part of what `plan` prints.
struct Section {
  std::string title;
  std::vector<std::string> lines;
};

struct Prepared {
  core::Record record;  // not claimed: no id, no epoch. Meaningless when a finding blocks
  std::vector<ports::Finding> findings;  // in the order of the checks
  std::vector<Section> sections;
  // Ready ones per service, where the sequential judge could work; else empty.
  std::vector<std::uint32_t> stable_pods;
  std::optional<JudgePlan> judge;  // not prepared: it takes seconds, and only a plan shows it
};

// Asks release, workload, router and metric source in turn. A port that cannot even answer is a
// finding, and what needs its answer is left out; all else goes on, so that every mistake is
// reported at once. Errors: none.
void prepare(const core::Plan& plan, Ports ports, Reply<Prepared> reply);

}  // namespace kai::engine
