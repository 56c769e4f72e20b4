// Progress of a rollout as text: lines for pipes and logs, a panel for terminals. Values in, text
// out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "ports/rollout_view.h"

namespace kai::app {

// From here on a person has to look (user documentation, exit codes).
inline constexpr int exit_not_confirmed = 64;

// Text for people, or nothing worth a line.
[[nodiscard]] std::optional<std::string> line_of(const ports::RolloutEvent& event,
                                                 const ports::RolloutView& view);

// One line that says where the rollout is: at most once a minute, when nothing else was said.
[[nodiscard]] std::string heartbeat_of(const ports::RolloutView& view);

// The sentence that a rollout ends with. Fixed forms: people grep for them.
[[nodiscard]] std::string end_sentence(const core::Record& record);

// What a stage is waiting for, in words.
[[nodiscard]] std::string words_of(const core::Record& record);

struct PanelOptions {
  bool colour = false;
  bool utf8 = true;
  int width = 80;  // columns
};

// The panel, a line each, no trailing blanks, each at most `width` wide.
[[nodiscard]] std::vector<std::string> panel_of(const ports::RolloutView& view,
                                                const PanelOptions& options);

}  // namespace kai::app
