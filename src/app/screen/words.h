// Words for where a rollout is: the same on the panel, in lines and in `status`.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "core/rollout/record.h"

namespace kai::app {

// "v1.2.2 -> v1.2.3".
[[nodiscard]] std::string versions_of(const core::Record& record);

// What a stage is waiting for.
[[nodiscard]] std::string words_of(const core::Record& record);

// Longest time that the stage may take, after which the rollout goes another way; empty where the
// stage has none of its own.
[[nodiscard]] std::optional<Duration> longest_wait(const core::Record& record);

// "12s of at most 2m00s" where the stage has a longest wait, else nothing.
[[nodiscard]] std::string waited(const core::Record& record);

// "applied 10%", "not confirmed", "route untouched": what is known of the weight.
[[nodiscard]] std::string applied_text(const core::Record& record);

// "nothing measured for 1m10s; at 5m00s the rollout pauses"; empty while there is evidence.
[[nodiscard]] std::string unknown_text(const core::Record& record);

}  // namespace kai::app
