#include "core/judge/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/judge/judge_fresh.h"
#include "core/judge/judge_log_tree.h"

namespace kai::core {
namespace {

using std::chrono::seconds;

JudgeConfig config_of(Rule rule) {
  JudgeConfig config{.rule = rule,
                     .services = {{.name = "api", .edges = {0.1, 0.5, 1}}},
                     .latency_max_seconds = 0.5};
  config.services[0].judged_edges = {1};
  config.services[0].dispersion = {{.intervals = 1, .dispersion = 1.3}};
  config.sequential.dispersion = {{.intervals = 1, .dispersion = 1}};
  return config;
}

// Ever worse on the canary.
Frame frame_of(std::uint64_t sequence) {
  Frame frame{
      .sequence = sequence,
      .span = seconds(15),
      .ask = sequence % 5 == 0 ? Ask::step_end : Ask::tick,
      .step_started = sequence == 1,
      .services =
          {{.canary = {.requests = 300,
                       .errors = 2 + sequence,
                       .timed = 300,
                       .slower = {200, 9 + sequence, 1}},
            .baseline = {.requests = 2700, .errors = 27, .timed = 2700, .slower = {1800, 81, 9}}}},
      .weight_ppm = 100'000,
      .load_ratio = 1.25};
  if (sequence < 3) frame.young = frame.services;
  return frame;
}

std::vector<JudgeEntry> log_of(const JudgeConfig& config, std::uint64_t frames) {
  std::vector<JudgeEntry> log{JudgeBegan{.config = config, .evidence = {}}};
  Judge judge = Judge::create(config).value();
  for (std::uint64_t sequence = 1; sequence <= frames; ++sequence) {
    FrameJudged judged{.frame = frame_of(sequence), .verdict = {}, .sentence = "as it was said"};
    judged.verdict = judge_fresh(judge, judged.frame);
    log.emplace_back(std::move(judged));
  }
  return log;
}

// Through the text of a report and back.
JudgeEntry stored(const JudgeEntry& entry) {
  if (const auto* const began = std::get_if<JudgeBegan>(&entry))
    return judge_began_from(to_tree(*began)).value();
  return frame_judged_from(to_tree(std::get<FrameJudged>(entry))).value();
}

Replayed replay_of(const std::vector<JudgeEntry>& log) {
  Replay replay;
  for (std::size_t i = 0; i < log.size(); ++i) replay.take(i + 1, 1, stored(log[i]));
  return replay.result();
}

class ReplayOf : public testing::TestWithParam<Rule> {};
INSTANTIATE_TEST_SUITE_P(BothRules, ReplayOf, testing::Values(Rule::threshold, Rule::sequential));

TEST_P(ReplayOf, GivesTheSameVerdictsToTheBit) {
  const Replayed replayed = replay_of(log_of(config_of(GetParam()), 30));
  EXPECT_TRUE(replayed.is_same());
  EXPECT_EQ(replayed.same, 30U);
}

TEST_P(ReplayOf, FindsTheFirstVerdictThatIsAnotherOne) {
  auto log = log_of(config_of(GetParam()), 10);
  auto& judged = std::get<FrameJudged>(log[4]);
  judged.verdict.outcome = Outcome::fail;
  const Replayed replayed = replay_of(log);
  EXPECT_FALSE(replayed.is_same());
  EXPECT_EQ(replayed.different, 1U);
  ASSERT_TRUE(replayed.first_different.has_value());
  EXPECT_EQ(replayed.first_different->line, 5U);
  EXPECT_TRUE(replayed.first_different->what.starts_with("outcome was fail, is "));
}

TEST_P(ReplayOf, FindsAFrameThatWasChanged) {
  auto log = log_of(config_of(GetParam()), 10);
  std::get<FrameJudged>(log[3]).frame.services[0].baseline.requests -= 1;
  const Replayed replayed = replay_of(log);
  ASSERT_TRUE(replayed.first_different.has_value());
  EXPECT_EQ(replayed.first_different->line, 4U);
}

TEST_P(ReplayOf, SaysThatFramesAreMissingAndChecksNothingBehindThem) {
  auto log = log_of(config_of(GetParam()), 10);
  log.erase(log.begin() + 4);
  const Replayed replayed = replay_of(log);
  EXPECT_FALSE(replayed.is_same());
  EXPECT_EQ(replayed.same, 3U);
  EXPECT_EQ(replayed.unchecked, 6U);
  ASSERT_TRUE(replayed.first_unchecked.has_value());
  EXPECT_EQ(replayed.first_unchecked->what,
            "frames are missing before line 5: it is number 5, after number 3");
}

TEST(Replay, OneBitOfEvidenceIsADifference) {
  auto log = log_of(config_of(Rule::sequential), 10);
  double& evidence = std::get<FrameJudged>(log[10]).verdict.sequential->ln_evidence;
  evidence = std::nextafter(evidence, 1000);
  const Replayed replayed = replay_of(log);
  ASSERT_TRUE(replayed.first_different.has_value());
  EXPECT_TRUE(replayed.first_different->what.starts_with("ln_evidence was "));
}

TEST(Replay, GoesOnFromSavedEvidence) {
  const JudgeConfig config = config_of(Rule::sequential);
  auto log = log_of(config, 10);
  Judge judge = Judge::create(config).value();
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence)
    static_cast<void>(judge.observe(frame_of(sequence)));
  log.erase(log.begin(), log.begin() + 6);
  log.insert(log.begin(), JudgeBegan{.config = config, .evidence = judge.saved(), .frames = 5});
  EXPECT_TRUE(replay_of(log).is_same());
  std::get<JudgeBegan>(log[0]).evidence[0] ^= 1;
  const Replayed damaged = replay_of(log);
  EXPECT_FALSE(damaged.is_same());
  EXPECT_EQ(damaged.unchecked, 5U);
  EXPECT_TRUE(damaged.first_unchecked->what.starts_with("the judge of line 1 cannot begin: "));
}

TEST(Replay, WhatStandsBehindALostLineIsUncheckedUntilAJudgeBegins) {
  const auto log = log_of(config_of(Rule::threshold), 3);
  Replay replay;
  replay.take(1, 1, log[0]);
  replay.take(2, 1, log[1]);
  replay.lose(3, "it is cut");
  replay.take(4, 1, log[3]);
  EXPECT_EQ(replay.result().unchecked, 2U);
  replay.take(5, 1, log[0]);
  replay.take(6, 1, log[1]);
  EXPECT_EQ(replay.result().same, 2U);
  EXPECT_EQ(replay.result().first_unchecked->what, "it is cut");
}

// A process that stood still wakes up after the next one has begun, and judges once more.
TEST(Replay, OwnersThatWriteAcrossEachOtherAreKeptApart) {
  const auto old_owner = log_of(config_of(Rule::sequential), 6);
  const auto new_owner = log_of(config_of(Rule::threshold), 6);
  Replay replay;
  for (std::size_t i = 0; i < old_owner.size(); ++i) {
    replay.take(2 * i + 1, 7, stored(old_owner[i]));
    replay.take(2 * i + 2, 8, stored(new_owner[i]));
  }
  EXPECT_TRUE(replay.result().is_same());
  EXPECT_EQ(replay.result().same, 12U);
}

TEST(Replay, FollowsOnlySoManyOwnersAtOnce) {
  const auto log = log_of(config_of(Rule::threshold), 1);
  Replay replay;
  for (std::uint64_t owner = 1; owner <= replayed_owners_max + 1; ++owner)
    replay.take(owner, owner, log[0]);
  replay.take(100, 1, log[1]);
  EXPECT_EQ(replay.result().unchecked, 1U);
  replay.take(101, 2, log[1]);
  EXPECT_EQ(replay.result().same, 1U);
}

TEST(Replay, AnEmptyLogIsNotSaidToBeTheSame) {
  EXPECT_FALSE(replay_of({}).is_same());
  EXPECT_FALSE(
      replay_of({JudgeBegan{.config = config_of(Rule::threshold), .evidence = {}}}).is_same());
}

TEST(Replay, AJudgeLargerThanAnyOfOursIsNotMade) {
  JudgeConfig config = config_of(Rule::sequential);
  config.services[0].judged_edges.assign(100'000, 1);
  auto log = log_of(config_of(Rule::sequential), 1);
  std::get<JudgeBegan>(log[0]).config = config;
  EXPECT_EQ(replay_of(log).first_unchecked->what, "the judge of line 1 has more than 4096 series");
}

TEST(JudgeLogTree, KeepsEveryNumberToTheBit) {
  auto log = log_of(config_of(Rule::sequential), 1);
  FrameJudged judged = std::get<FrameJudged>(log[1]);
  for (const double number :
       {-0.0, 5e-324, 0.1, -1.7976931348623157e308, std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    judged.verdict.sequential->ln_healthy = number;
    const FrameJudged again = std::get<FrameJudged>(stored(judged));
    EXPECT_EQ(difference_of(judged.verdict, again.verdict), "") << number;
  }
}

// Each is damaged in one place.
TEST(JudgeLogTree, RefusesWhatIsNoLog) {
  const auto log = log_of(config_of(Rule::sequential), 1);
  const Tree good = to_tree(std::get<FrameJudged>(log[1]));
  ASSERT_TRUE(frame_judged_from(good).has_value());
  for (const auto& [pointer, value] : std::vector<std::pair<std::string, Tree>>{
           {"/frame", nullptr},
           {"/frame/sequence", -1},
           {"/frame/span", "15s"},
           {"/frame/ask", "whatever"},
           {"/frame/weightPpm", std::int64_t{1} << 40},
           {"/frame/services", Tree::map()},
           {"/frame/services/0/canary", 3},
           {"/frame/services/0/canary/requests", 1.5},
           {"/frame/services/0/canary/slower", Tree(Tree::List{Tree(-1)})},
           {"/frame/services/0/baseline/slower", Tree(Tree::List{Tree("many")})},
           {"/verdict/outcome", "maybe"},
           {"/verdict/reason", ""},
           {"/verdict/sequential/lnEvidence", "much"},
           {"/sentence", 7}}) {
    Tree bad = good;
    bad.set_at(pointer, value);
    const auto read = frame_judged_from(bad);
    ASSERT_FALSE(read.has_value()) << pointer;
    EXPECT_EQ(read.error().kind, ErrorKind::malformed) << pointer;
  }
  EXPECT_FALSE(judge_began_from(Tree::map()).has_value());
  EXPECT_FALSE(frame_judged_from(Tree()).has_value());
}

TEST(VerdictNames, AreReadBack) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(VerdictReason::rejected_input); ++i) {
    const auto reason = static_cast<VerdictReason>(i);
    EXPECT_EQ(reason_from(name_of(reason)), reason);
  }
  EXPECT_EQ(reason_from("?"), std::nullopt);
  EXPECT_EQ(outcome_from("fail"), Outcome::fail);
  EXPECT_EQ(ask_from(""), std::nullopt);
}

}  // namespace
}  // namespace kai::core
