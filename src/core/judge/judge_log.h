// What a judge was given and what it answered, in the order in which it happened: all that it takes
// to give every verdict once more.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/judge/judge.h"

namespace kai::core {

// A judge began, or went on where another process had stopped.
struct JudgeBegan {
  JudgeConfig config;
  std::string evidence;      // Judge::saved() that it goes on with; empty: it knows nothing yet
  std::uint64_t frames = 0;  // that are in it
};

// One frame and the verdict that the rollout acted on (judge_fresh).
struct FrameJudged {
  Frame frame;
  Verdict verdict;
  std::string sentence;  // ... in words
};

using JudgeEntry = std::variant<JudgeBegan, FrameJudged>;

}  // namespace kai::core
