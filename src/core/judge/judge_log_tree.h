// JudgeEntry <-> Tree: the judge's log as it stands in a report. Every number comes back as it was,
// to the bit.
#pragma once

#include "base/error.h"
#include "base/tree.h"
#include "core/judge/judge_log.h"

namespace kai::core {

[[nodiscard]] Tree to_tree(const JudgeBegan& began);
[[nodiscard]] Tree to_tree(const FrameJudged& judged);
// `malformed` when a field is missing, of another kind, out of its range, or a word nobody knows.
// Further fields are ignored.
[[nodiscard]] Result<JudgeBegan> judge_began_from(const Tree& tree);
[[nodiscard]] Result<FrameJudged> frame_judged_from(const Tree& tree);

}  // namespace kai::core
