// Progress of a rollout as lines, for pipes and logs, and the sentence it ends with. Values in,
// text out.
#pragma once

#include <optional>
#include <string>

#include "app/screen/line.h"
#include "ports/rollout_view.h"

namespace kai::app {

// Text for people, or nothing worth a line.
[[nodiscard]] std::optional<Line> line_of(const ports::RolloutEvent& event,
                                          const ports::RolloutView& view);

// One line that says where the rollout is: at most once a minute, when nothing else was said.
[[nodiscard]] std::string heartbeat_of(const ports::RolloutView& view);

// The sentence that a rollout ends with. Fixed forms: people grep for them.
[[nodiscard]] std::string end_sentence(const core::Record& record);

}  // namespace kai::app
