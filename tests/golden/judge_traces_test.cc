// Whole rollouts, frame by frame: judge_traces.txt says what was seen and what the sequential rule
// must answer. Written so that a person can review it.
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/fakes/judge_run.h"

namespace kai::golden {
namespace {

using core::Counts;
using core::VerdictReason;
using fakes::JudgeRun;

const std::map<VerdictReason, std::string>& words() {
  static const std::map<VerdictReason, std::string> all = {
      {VerdictReason::proved_worse, "proved_worse"},
      {VerdictReason::recurring, "recurring"},
      {VerdictReason::panic, "panic"},
      {VerdictReason::proved_below_threshold, "proved_below_threshold"},
      {VerdictReason::threshold_check, "threshold_check"},
      {VerdictReason::proved_healthy, "proved_healthy"},
      {VerdictReason::within_tolerance, "within_tolerance"},
      {VerdictReason::collecting, "collecting"},
      {VerdictReason::warming_up, "warming_up"},
      {VerdictReason::worse_within_tolerance, "worse_within_tolerance"},
      {VerdictReason::outside_tolerance, "outside_tolerance"},
      {VerdictReason::below_threshold, "below_threshold"},
      {VerdictReason::both_unhealthy, "both_unhealthy"},
      {VerdictReason::no_canary_traffic, "no_canary_traffic"},
      {VerdictReason::no_baseline_traffic, "no_baseline_traffic"},
      {VerdictReason::too_few_requests, "too_few_requests"},
      {VerdictReason::rejected_input, "rejected_input"}};
  return all;
}

std::string answer_of(const core::SequentialVerdict& verdict) {
  const char* const outcomes[] = {"wait", "pass", "fail"};
  return std::string(outcomes[static_cast<std::size_t>(verdict.outcome)]) + " " +
         words().at(verdict.reason);
}

// Two series with unequal shares of the pool, a limit on each, one planned step.
core::SequentialConfig config() {
  return {.planned_intervals = 16,
          .planned_steps = 1,
          .series = {{.name = "errors", .weight = 0.75},
                     {.name = "slow",
                      .kind = core::SeriesKind::latency_share,
                      .weight = 0.25,
                      .dispersion = {{.intervals = 1, .dispersion = 1},
                                     {.intervals = 10, .dispersion = 2}}}},
          .gates = {{.series = 0, .limit = 0.05, .weight = 0.5},
                    {.series = 1, .limit = 0.1, .weight = 0.5}}};
}

// "3/300:27/2700" = x/n : y/m
Counts counts_in(const std::string& text) {
  Counts counts;
  char mark = 0;
  std::istringstream in(text);
  in >> counts.x >> mark >> counts.n >> mark >> counts.y >> mark >> counts.m;
  EXPECT_FALSE(in.fail()) << text;
  return counts;
}

struct Line {
  int times = 1;
  std::vector<Counts> series;
  JudgeRun::Options options;
};

void read_word(Line& line, const std::string& word) {
  const auto equals = word.find('=');
  const std::string name = word.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
  if (name == "times") {
    line.times = std::stoi(value);
  } else if (name == "step") {
    line.options.step_started = true;
  } else if (name == "span") {
    line.options.span = static_cast<std::uint32_t>(std::stoul(value));
  } else if (name == "ask") {
    line.options.ask = value == "final" ? core::Ask::final : core::Ask::step_end;
  } else if (name == "weight") {
    line.options.weight_ppm = static_cast<std::uint32_t>(std::stoul(value)) * 10'000;
  } else if (name == "young") {
    line.options.young = {counts_in(value), {}};
  } else {
    line.series.push_back(counts_in(word));
  }
}

Line line_in(const std::string& text) {
  Line line;
  std::istringstream words_in(text);
  for (std::string word; words_in >> word;) read_word(line, word);
  return line;
}

TEST(JudgeTraces, EveryFrameGetsTheAnswerThatIsWritten) {
  std::ifstream file(std::string(KAI_SOURCE_DIR) + "/tests/golden/judge_traces.txt");
  JudgeRun run(config());
  int number = 0, checked = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    if (text.empty() || text[0] == '#') continue;
    if (text == "rollout") {
      run = JudgeRun(config());
      continue;
    }
    const auto arrow = text.find(" -> ");
    ASSERT_NE(arrow, std::string::npos) << number;
    Line line = line_in(text.substr(0, arrow));
    for (int i = 0; i < line.times; ++i) {
      run.see(line.series, line.options);
      line.options.step_started = false;
    }
    EXPECT_EQ(answer_of(run.last), text.substr(arrow + 4)) << "line " << number << ": " << text;
    ++checked;
  }
  EXPECT_GE(checked, 60);
}

}  // namespace
}  // namespace kai::golden
