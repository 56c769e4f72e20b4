// A count as JSON has it.
#pragma once

#include <cstdint>

#include "base/tree.h"

namespace kai::splitter {

// Readers take no number beyond int64; none of ours comes near.
[[nodiscard]] inline Tree number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace kai::splitter
