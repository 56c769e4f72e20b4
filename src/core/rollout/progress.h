// What moves a rollout forward when there is no reason to lower it. Private to core/rollout.
#pragma once

#include "core/rollout/observation.h"
#include "core/rollout/record.h"

namespace kai::core {

// One step forward at most; the record itself when nothing can move.
[[nodiscard]] Record progressed(Record record, const Observation& seen);        // phase progressing
[[nodiscard]] Record promoted_further(Record record, const Observation& seen);  // phase promoting
[[nodiscard]] Record settled_further(Record record,
                                     const Observation& seen);  // promoted, rolled_back

}  // namespace kai::core
