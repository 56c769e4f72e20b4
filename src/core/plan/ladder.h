// Ladder: the steps of a rollout from the options that shape it.
#pragma once

#include <vector>

#include "core/plan/plan.h"
#include "core/plan/reader.h"

namespace kai::core {

// --steps; else a constant --canary-weight when it alone is on the command line; else from `weight`
// up to the highest weight by `stepWeight`. Steps without a time of their own share `canary_time`
// evenly. Mistakes go to the reader; the answer is then of no use.
[[nodiscard]] std::vector<Step> read_ladder(Reader& reader, const Timing& timing);

}  // namespace kai::core
