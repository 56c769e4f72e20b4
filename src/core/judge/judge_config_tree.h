// JudgeConfig <-> Tree, to the bit.
#pragma once

#include "base/tree.h"
#include "base/tree_reader.h"
#include "core/judge/judge.h"

namespace kai::core {

[[nodiscard]] Tree to_tree(const JudgeConfig& config);
// Of the map that `reader` reads; what is wrong with it is the reader's mistake.
[[nodiscard]] JudgeConfig judge_config_in(TreeReader& reader);

}  // namespace kai::core
