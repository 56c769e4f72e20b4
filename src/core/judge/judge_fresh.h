// The verdict that a rollout acts on: the judge's, and no pass while a service was silent.
#pragma once

#include "core/judge/judge.h"

namespace kai::core {

// Lets `judge` observe the frame. Traffic that stopped must not pass a step on what was seen before
// it stopped: a pass needs requests on every service's canary in this very frame, however long the
// rule's own window is; else it is inconclusive (`no_canary_traffic`).
[[nodiscard]] Verdict judge_fresh(Judge& judge, const Frame& frame);

}  // namespace kai::core
