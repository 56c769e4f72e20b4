// Moves: the few ways in which a record can change its phase or stage. Private to core/rollout.
#pragma once

#include <string>
#include <string_view>

#include "core/judge/verdict.h"
#include "core/rollout/observation.h"
#include "core/rollout/record.h"

namespace kai::core {

// Another stage of the same phase; its clock starts at zero.
[[nodiscard]] Record enter(Record record, Stage stage);

// All traffic back to stable. Nothing is decided about it any more: `end` and `reason` stay.
[[nodiscard]] Record roll_back(Record record, End end, Reason reason);

// Waits for a person, at no more than `at_most`.
[[nodiscard]] Record pause(Record record, Weight at_most, Reason reason);

// Returns to what the rollout was doing when it was paused. A weight is earned anew: the step
// starts again. `who` did that: regaining a weight without a pass is an override, and it is named.
[[nodiscard]] Record resume(Record record, const std::string& who);

// From a pause back to the step's bake, at the weight that it has. Its time starts anew: whoever
// judges it now may have seen nothing of what was before.
[[nodiscard]] Record bake_again(Record record);

// Every step and the final check passed, or a person overrode them.
[[nodiscard]] Record promote(Record record, Reason reason);

// The release has to go back to the revision of the start.
[[nodiscard]] Record revert(Record record, End end, Reason reason);

// The weight goes to zero since too few canary pods are ready, and the step starts again when they
// are. No bake credit survives the gap.
[[nodiscard]] Record lose_capacity(Record record, Reason reason);

[[nodiscard]] Reason because(std::string_view code, std::string sentence);

// Somebody else's revision is the newest. While Helm of ours runs, it is stopped first.
[[nodiscard]] bool is_superseded(const Observation& seen);

// A weight may be above zero in these stages, and only in these.
[[nodiscard]] bool may_expose(Stage stage);

// What a verdict in `bake` is for.
[[nodiscard]] Ask ask_of(const Record& record);

}  // namespace kai::core
