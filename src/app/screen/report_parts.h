// What the two forms of a report share.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/rollout/report.h"

namespace kai::app::parts {

// "below_threshold" as people write it.
[[nodiscard]] std::string words(std::string_view name);
// "promoted", "failed on evidence", "paused"; "no end" while there is none.
[[nodiscard]] std::string state_of(const core::Report& report);

// Lines of one kind, in their order, each with what it says.
template <typename T>
[[nodiscard]] std::vector<std::pair<const core::ReportLine*, const T*>> all_of(
    const core::Report& report) {
  std::vector<std::pair<const core::ReportLine*, const T*>> all;
  for (const core::ReportLine& line : report.lines) {
    if (const T* const what = std::get_if<T>(&line.what)) all.emplace_back(&line, what);
  }
  return all;
}

}  // namespace kai::app::parts
