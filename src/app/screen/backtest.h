// What `backtest` prints: the judge and the threshold rule on a release's own past. Values in, text
// out. docs/backtest.md explains it.
#pragma once

#include <string>
#include <vector>

#include "app/screen/line.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/backtest/backtest.h"
#include "core/plan/plan.h"
#include "ports/metric_history.h"

namespace kai::app {

struct BacktestView {
  core::Plan plan;                    // with its namespace
  std::vector<std::string> services;  // names, in the order of the report
  ports::HistorySpan span;
  WallTime read_until;
  Duration wished{0};    // length that was asked for
  Duration interval{0};  // of the judge
  core::BacktestReport report;
  std::string trouble;            // why the reading ended early; empty: it did not
  std::vector<std::string> lost;  // what could not be counted
};

// The first line is the answer.
[[nodiscard]] Lines backtest_lines(const BacktestView& view);
[[nodiscard]] Tree backtest_tree(const BacktestView& view);

}  // namespace kai::app
