// The panel: where a rollout is, on a terminal, drawn in place.
#pragma once

#include <cstddef>

#include "app/screen/line.h"
#include "ports/rollout_view.h"

namespace kai::app {

// Below it the panel degrades to lines.
inline constexpr int panel_columns_min = 60;
// A panel higher than the terminal could not be drawn in place. Services that do not hold come
// first; how many were left out is said.
inline constexpr std::size_t panel_services_max = 12;

// The first line is the answer. `look.width` 0: as wide as it takes.
[[nodiscard]] Lines panel_of(const ports::RolloutView& view, const Look& look);

}  // namespace kai::app
