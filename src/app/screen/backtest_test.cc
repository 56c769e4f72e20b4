#include "app/screen/backtest.h"

#include <gtest/gtest.h>

#include "codec/json.h"
#include "tests/fakes/golden_file.h"

namespace kai::app {
namespace {

using core::BothRules;
using core::RuleTally;

const std::string screens = std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/";
const std::string page = std::string(KAI_SOURCE_DIR) + "/docs/backtest.md";

// `early` of them were rolled back after `intervals`.
RuleTally tally(std::size_t windows, std::size_t rolled_back, std::uint32_t intervals,
                std::size_t not_proved = 0) {
  RuleTally all{.windows = windows,
                .rolled_back = rolled_back,
                .passed = windows - rolled_back - not_proved,
                .not_proved = not_proved,
                .intervals = {}};
  all.intervals.assign(rolled_back, intervals);
  return all;
}

BacktestView view() {
  BacktestView view;
  view.plan.target = {.release = "kai", .name_space = "shop", .context = "prod"};
  view.plan.steps = {
      {.weight = core::Weight::from_hundredths(1000), .bake_time = std::chrono::minutes(10)}};
  view.services = {"api-server"};
  view.span = {.from = *parse_wall_time("2026-01-01T00:00:00Z"),
               .to = *parse_wall_time("2026-01-08T00:00:00Z")};
  view.read_until = view.span.to;
  view.wished = std::chrono::hours(7 * 24);
  view.interval = std::chrono::seconds(15);
  view.report.intervals = 40'320;
  view.report.window = 40;
  view.report.left_out = {.learning = 480, .deploy = 31, .gap = 240, .apart = 0, .rest = 9};
  view.report.identical = {.sequential = tally(989, 1, 6, 31), .threshold = tally(989, 14, 4)};
  view.report.shifts = {
      {.service = 0,
       .shift = 0.01,
       .rules = {.sequential = tally(989, 780, 13, 200), .threshold = tally(989, 14, 4)}},
      {.service = 0,
       .shift = 0.03,
       .rules = {.sequential = tally(989, 989, 4), .threshold = tally(989, 210, 9)}},
      {.service = 0,
       .shift = 0.1,
       .rules = {.sequential = tally(989, 989, 3), .threshold = tally(989, 989, 2)}}};
  view.report.split_by_requests = {0};
  view.report.pods_min = {3};
  view.report.pods_max = {4};
  view.report.evidence_mean = 0.31;
  view.report.scatter_factor = 1.5;
  return view;
}

BacktestView with(BothRules identical) {
  BacktestView all = view();
  all.report.identical = std::move(identical);
  return all;
}

BacktestView without_windows() {
  BacktestView all = with({});
  all.report.shifts.clear();
  all.report.intervals = 480;
  all.report.left_out = {.learning = 240, .deploy = 0, .gap = 200, .apart = 0, .rest = 40};
  all.report.evidence_mean.reset();
  all.report.scatter_factor.reset();
  return all;
}

BacktestView stopped() {
  BacktestView all = with({.sequential = tally(120, 0, 0, 40), .threshold = tally(120, 0, 0)});
  all.read_until = *parse_wall_time("2026-01-02T00:00:00Z");
  all.trouble = "stopped by a person";
  all.lost = {"prometheus http://prom:9090: pod api-server-x: series \"...\": no count"};
  return all;
}

BacktestView uneven() {
  BacktestView all = with({.sequential = tally(989, 41, 9), .threshold = tally(989, 0, 0)});
  all.report.evidence_mean = 7.6;
  all.report.scatter_factor = 3;
  return all;
}

BacktestView of_one_pod() {
  BacktestView all = view();
  all.report.split_by_requests = {989};
  all.report.pods_min = all.report.pods_max = {1};
  all.span.only_todays = all.span.shortened = true;
  all.wished = std::chrono::hours(30 * 24);
  return all;
}

std::string shown(const BacktestView& view) { return text_of(backtest_lines(view), {}); }

TEST(BacktestScreen, EveryAnswerAsPeopleSeeIt) {
  std::string text;
  for (const auto& [title, view] : {std::pair("a week that keeps the promise", view()),
                                    {"pods that differ more than was learned", uneven()},
                                    {"stopped after a day", stopped()},
                                    {"one pod", of_one_pod()},
                                    {"no history to use", without_windows()}})
    text += std::string("== ") + title + "\n" + shown(view);
  fakes::expect_golden(screens + "backtest.txt", text);
}

TEST(BacktestScreen, TheManualShowsTheSame) {
  fakes::expect_golden_block(page, "table", "text", shown(view()));
  fakes::expect_golden_block(page, "data", "json",
                             codec::write_json_pretty(backtest_tree(view())) + "\n");
}

TEST(BacktestScreen, WithoutAWindowThereIsNoFigure) {
  const std::string text = shown(without_windows());
  EXPECT_EQ(text.find("SEQUENTIAL"), std::string::npos) << text;
  const Tree tree = backtest_tree(without_windows());
  EXPECT_EQ(tree.at("/identical/sequential/rate"), nullptr);
  EXPECT_EQ(tree.at("/evidenceMean"), nullptr);
  EXPECT_EQ(tree.int_at("/identical/sequential/windows"), 0);
}

TEST(BacktestScreen, AMedianThatWasNotReachedIsNone) {
  const Tree tree = backtest_tree(view());
  EXPECT_TRUE(tree.at("/shifts/0/threshold/medianSeconds")->is_null());
  EXPECT_EQ(tree.number_at("/shifts/1/sequential/medianSeconds"), 60);
}

}  // namespace
}  // namespace kai::app
