// The decision under a mutant: core::advance, told or answering one thing wrong.
#pragma once

#include "core/rollout/advance.h"
#include "mutant.h"

namespace kai::simulation {

// Whose mistakes `core::advance_under_mutant` makes from now on.
void use_mutant(Mutant mutant);

}  // namespace kai::simulation

namespace kai::core {

// core::advance with the mistake of the mutant in use.
[[nodiscard]] Record advance_under_mutant(Record record, const Observation& seen);

}  // namespace kai::core
