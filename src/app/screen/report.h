// A report as Markdown and as data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/screen/line.h"
#include "base/tree.h"
#include "core/rollout/report.h"

namespace kai::app {

struct ReportView {
  core::Report report;
  std::optional<core::Replayed> replayed;  // of --replay
  std::vector<std::string> logs;           // kept of the canary's pods
  std::string note;                        // about where it comes from; empty: nothing to say
};

// Foreign text in it is no markup. Of very many verdicts the middle is left out, and that is said.
[[nodiscard]] Lines report_lines(const ReportView& view);
[[nodiscard]] Tree report_tree(const ReportView& view);

// "SAME: all 40 verdicts, to the bit".
[[nodiscard]] std::string replay_sentence(const core::Replayed& replayed);

}  // namespace kai::app
