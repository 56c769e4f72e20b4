#include "core/rollout/report.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/judge/judge_fresh.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

const ReportHead head{.program = "0.1",
                      .rollout = "7f3k2",
                      .release = "kai",
                      .name_space = "shop",
                      .stable_version = "v1",
                      .canary_version = "v2",
                      .steps = {{Weight::from_hundredths(1000), std::chrono::minutes(5)}},
                      .started_at = WallTime{seconds(1000)}};

ReportLine line_of(decltype(ReportLine::what) what) {
  return {.at = WallTime{seconds(1001)}, .what = std::move(what)};
}

const ReportLine event = line_of(ReportEvent{
    .kind = "phase", .code = "promoting", .sentence = "every check passed", .weight = {}});
const ReportLine ended = line_of(ReportEnd{.exit_code = 10,
                                           .phase = Phase::rolled_back,
                                           .end = End::failed_on_evidence,
                                           .reason = {.code = "c", .sentence = "why"},
                                           .sentence = "ROLLBACK"});

// A judge and three verdicts.
std::vector<ReportLine> judged() {
  const JudgeConfig config{.services = {{.name = "api", .edges = {}}}, .latency_max_seconds = {}};
  Judge judge = Judge::create(config).value();
  std::vector<ReportLine> lines{line_of(JudgeBegan{.config = config, .evidence = {}})};
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
    Frame frame{.sequence = sequence,
                .span = seconds(30),
                .services = {{.canary = {.requests = 100, .errors = 1, .slower = {}},
                              .baseline = {.requests = 900, .errors = 9, .slower = {}}}}};
    const Verdict verdict = judge_fresh(judge, frame);
    lines.push_back(
        line_of(FrameJudged{.frame = std::move(frame), .verdict = verdict, .sentence = "holds"}));
  }
  return lines;
}

Result<Report> read(const std::vector<Result<Tree>>& lines) {
  ReportReader reader;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto taken = reader.take(i + 1, lines[i]);
    if (!taken) return std::unexpected(taken.error());
  }
  return std::move(reader).finish();
}

std::vector<Result<Tree>> whole_report() {
  std::vector<Result<Tree>> lines{to_tree(head)};
  for (const ReportLine& line : judged()) lines.emplace_back(to_tree(line));
  lines.emplace_back(to_tree(event));
  lines.emplace_back(to_tree(ended));
  return lines;
}

TEST(Report, ReadsWhatWasWritten) {
  const auto report = read(whole_report());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->head, head);
  EXPECT_TRUE(report->unread.empty());
  ASSERT_EQ(report->lines.size(), 6U);
  EXPECT_EQ(report->lines[4].at, event.at);
  EXPECT_EQ(report->lines[4].number, 6U);
  EXPECT_EQ(std::get<ReportEvent>(report->lines[4].what), std::get<ReportEvent>(event.what));
  ASSERT_NE(end_of(*report), nullptr);
  EXPECT_EQ(*end_of(*report), std::get<ReportEnd>(ended.what));
  EXPECT_FALSE(is_full(*report));
  EXPECT_EQ(replay(*report).same, 3U);
  EXPECT_TRUE(replay(*report).is_same());
}

TEST(Report, OnlyTheLastLineIsAnEnd) {
  auto lines = whole_report();
  lines.emplace_back(to_tree(event));
  EXPECT_EQ(end_of(*read(lines)), nullptr);
  lines.resize(1);
  EXPECT_EQ(end_of(*read(lines)), nullptr);
}

// A rollout that was paused may have gone on in it.
TEST(Report, AnEndBeforeALineThatIsUnreadIsNone) {
  auto lines = whole_report();
  lines.emplace_back(fail(ErrorKind::malformed, "it is cut"));
  EXPECT_EQ(end_of(*read(lines)), nullptr);
  lines.emplace_back(to_tree(ended));
  EXPECT_NE(end_of(*read(lines)), nullptr);
}

TEST(Report, OfMoreLinesThanAnyOfOursIsRefused) {
  ReportReader reader;
  ASSERT_TRUE(reader.take(1, to_tree(head)));
  const Result<Tree> junk = fail(ErrorKind::malformed, "junk");
  for (std::size_t i = 0; i < report_lines_max; ++i) ASSERT_TRUE(reader.take(i + 2, junk));
  const auto taken = reader.take(report_lines_max + 2, junk);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind, ErrorKind::malformed);
}

TEST(Report, WithoutItsHeadItIsNone) {
  for (const auto& lines :
       std::vector<std::vector<Result<Tree>>>{{},
                                              {Tree()},
                                              {Tree::list()},
                                              {Tree(Tree::Map{{"kind", "RolloutStatus"}})},
                                              {to_tree(event)},
                                              {fail(ErrorKind::malformed, "not JSON")}}) {
    const auto report = read(lines);
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().kind, ErrorKind::malformed);
  }
}

TEST(Report, OfANewerFormatIsRefusedByName) {
  Tree newer = to_tree(head);
  newer.set("format", std::int64_t{report_format} + 1);
  const auto report = read({newer});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::rejected);
  EXPECT_EQ(report.error().message, "a newer version of kai-canary wrote it");
}

TEST(Report, ADamagedLineIsToldAndNothingBehindItIsCalledTheSame) {
  auto lines = whole_report();
  lines[2] = fail(ErrorKind::malformed, "it is cut");
  const auto report = read(lines);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->unread.size(), 1U);
  EXPECT_EQ(report->unread[0].line, 3U);
  const Replayed replayed = replay(*report);
  EXPECT_EQ(replayed.same, 0U);
  EXPECT_EQ(replayed.unchecked, 3U);
  EXPECT_EQ(replayed.first_unchecked->line, 3U);
}

// Whatever stood in the last line, it may have been a verdict.
TEST(Report, ACutLastLineIsNotWhole) {
  auto lines = whole_report();
  lines.emplace_back(fail(ErrorKind::malformed, "it is cut"));
  const Replayed replayed = replay(*read(lines));
  EXPECT_EQ(replayed.same, 3U);
  EXPECT_FALSE(replayed.is_same());
}

TEST(Report, WhatWasNotWrittenForWantOfRoomIsMissing) {
  auto lines = whole_report();
  lines.insert(lines.end() - 1, to_tree(line_of(ReportFull{})));
  const auto report = read(lines);
  EXPECT_TRUE(is_full(*report));
  EXPECT_NE(end_of(*report), nullptr);
  EXPECT_FALSE(replay(*report).is_same());
}

TEST(Report, ALineThatNobodyKnowsIsUnread) {
  for (const auto& [pointer, value] : std::vector<std::pair<std::string, Tree>>{
           {"/kind", "poem"}, {"/at", "yesterday"}, {"/weightPercent", 100.01}}) {
    Tree line = to_tree(event);
    line.set_at(pointer, value);
    EXPECT_EQ(read({to_tree(head), line})->unread.size(), 1U) << pointer;
  }
  Tree end = to_tree(ended);
  end.set("exitCode", 300);
  EXPECT_EQ(read({to_tree(head), end})->unread.size(), 1U);
}

}  // namespace
}  // namespace kai::core
