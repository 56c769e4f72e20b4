// What a cell of a table says, and whether it agrees with the reference figure beside it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kai::bench {

// Rollbacks of one cell. Seconds from the onset of the defect; runs without rollback are missing.
struct Cell {
  int runs = 0;
  std::vector<int> seconds;

  [[nodiscard]] double share() const;
  [[nodiscard]] double share_by(int seconds_max) const;  // of all runs, rolled back by then
  [[nodiscard]] std::optional<int> median() const;  // empty when less than half were rolled back
};

// "82% 360s", "45s" (99.5 % or more), "2%".
[[nodiscard]] std::string found_text(const Cell& cell);
// Per cent of false rollbacks: "0.03", "12".
[[nodiscard]] std::string false_text(const Cell& cell);

// Whether a cell agrees with a reference figure made with `reference_runs`: shares within
// 0.1 pp + 3.3 standard deviations (and the rounding of the figure), medians within one interval.
[[nodiscard]] bool agrees(const Cell& cell, std::string_view reference, int reference_runs,
                          double interval_seconds);

// "; 46.0 % before and 48.7 % by 300s": where these runs were at the median of the reference. A
// median is where a half is reached; if a half lies between the two, give or take 3.3 standard
// deviations of a share, the medians differ by chance. Empty when the reference has no median.
[[nodiscard]] std::string at_median_text(const Cell& cell, std::string_view reference);

// "a / b / c / d"; a single figure stands for all `count`.
[[nodiscard]] std::vector<std::string> split_figures(std::string_view text, std::size_t count);

}  // namespace kai::bench
