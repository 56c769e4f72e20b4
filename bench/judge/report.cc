#include "bench/judge/report.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace kai::bench {
namespace {

struct Figure {
  std::optional<double> share;  // 0 to 1
  double rounding = 0;          // of the share
  std::optional<int> seconds;
  bool certain = false;  // a time alone: 99.5 % or more
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

double number_of(std::string_view text) {
  double value = std::nan("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Half a unit of the last printed digit, in shares.
double rounding_of(std::string_view digits) {
  const auto dot = digits.find('.');
  if (dot == std::string_view::npos) return 0.005;
  return 0.005 * std::pow(10.0, -static_cast<double>(digits.size() - dot - 1));
}

Figure figure_of(std::string_view text) {
  Figure figure;
  std::string rest = trimmed(text);
  std::erase(rest, '*');
  const auto space = rest.find(' ');
  for (std::string word : {rest.substr(0, space),
                           space == std::string::npos ? std::string() : rest.substr(space + 1)}) {
    if (word.empty()) continue;
    if (word.back() == 's') {
      figure.seconds = static_cast<int>(number_of(word));
    } else {
      if (word.back() == '%') word.pop_back();
      figure.share = number_of(word) / 100;
      figure.rounding = rounding_of(word);
    }
  }
  figure.certain = figure.seconds && !figure.share;
  return figure;
}

bool near_share(const Cell& cell, double expected, double rounding, int reference_runs) {
  const double share = cell.share();
  const double p = (share * cell.runs + expected * reference_runs) / (cell.runs + reference_runs);
  const double deviation = std::sqrt(p * (1 - p) * (1.0 / cell.runs + 1.0 / reference_runs));
  return std::fabs(share - expected) <= 0.001 + 3.3 * deviation + rounding;
}

}  // namespace

double Cell::share() const {
  return runs == 0 ? 0 : static_cast<double>(seconds.size()) / static_cast<double>(runs);
}

double Cell::share_by(int seconds_max) const {
  const auto count = std::ranges::count_if(seconds, [=](int time) { return time <= seconds_max; });
  return runs == 0 ? 0 : static_cast<double>(count) / static_cast<double>(runs);
}

std::optional<int> Cell::median() const {
  const auto middle = static_cast<std::size_t>(runs) / 2;
  if (seconds.size() <= middle) return std::nullopt;
  std::vector<int> sorted = seconds;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(middle));
  return sorted[middle];
}

std::string found_text(const Cell& cell) {
  char text[48];
  const auto median = cell.median();
  const double percent = 100 * cell.share();
  if (median && percent >= 99.5) {
    std::snprintf(text, sizeof text, "%ds", *median);
  } else if (median) {
    std::snprintf(text, sizeof text, "%.0f%% %ds", percent, *median);
  } else {
    std::snprintf(text, sizeof text, "%.0f%%", percent);
  }
  return text;
}

std::string false_text(const Cell& cell) {
  char text[32];
  std::snprintf(text, sizeof text, cell.share() < 0.0995 ? "%.2g" : "%.0f", 100 * cell.share());
  return text;
}

bool agrees(const Cell& cell, std::string_view reference, int reference_runs,
            double interval_seconds) {
  if (trimmed(reference) == "burst") return true;
  const Figure figure = figure_of(reference);
  const double share = figure.certain ? 0.9975 : figure.share.value_or(0);
  const double rounding = figure.certain ? 0.0025 : figure.rounding;
  if (!near_share(cell, share, rounding, reference_runs)) return false;
  // A median near the share of one half may be reached by one side and missed by the other.
  const auto median = cell.median();
  if (!figure.seconds || !median) return !figure.seconds || cell.share() > 0.44;
  return std::abs(*median - *figure.seconds) <= interval_seconds;
}

std::string at_median_text(const Cell& cell, std::string_view reference) {
  const Figure figure = figure_of(reference);
  if (!figure.seconds) return {};
  char text[64];
  std::snprintf(text, sizeof text, "; %.1f %% before and %.1f %% by %ds",
                100 * cell.share_by(*figure.seconds - 1), 100 * cell.share_by(*figure.seconds),
                *figure.seconds);
  return text;
}

std::vector<std::string> split_figures(std::string_view text, std::size_t count) {
  std::vector<std::string> figures;
  while (true) {
    const auto slash = text.find(" / ");
    figures.push_back(trimmed(text.substr(0, slash)));
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 3);
  }
  if (figures.size() == 1) figures.resize(count, figures[0]);
  return figures;
}

}  // namespace kai::bench
