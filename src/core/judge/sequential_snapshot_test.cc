#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"

namespace kai::core {
namespace {

using fakes::counts;
using fakes::JudgeRun;

SequentialConfig two_series_and_limits() {
  return {.planned_intervals = 20,
          .planned_steps = 1,
          .series = {{.name = "errors",
                      .weight = 0.75,
                      .dispersion = {{.intervals = 1, .dispersion = 1},
                                     {.intervals = 10, .dispersion = 1.5}}},
                     {.name = "latency", .kind = SeriesKind::latency_share, .weight = 0.25}},
          .gates = {{.series = 0, .weight = 0.5}, {.series = 1, .limit = 0.1, .weight = 0.5}},
          .values = {{.name = "queue", .limit = 10}}};
}

// Warm-up with young pods, silence, a step, a gap, then a defect.
void see_frame(JudgeRun& run, int i) {
  const auto bad = static_cast<std::uint64_t>(i < 24 ? 3 + i % 3 : 11);
  std::vector<Counts> series = {counts(300, bad, 2700, 27), counts(300, 15, 2700, 135)};
  JudgeRun::Options options{.young = {counts(0, 0, 0, 0), counts(0, 0, 0, 0)},
                            .values = {{.canary = 9, .baseline = 9}}};
  if (i < 2) {
    series[0].n = series[0].x = 0;
    options.young[0] = counts(20, 1, 0, 0);
  }
  if (i == 7) series = {counts(0, 0, 2900, 30), counts(0, 0, 0, 0)};
  if (i == 12) options.step_started = true;
  if (i == 15) options.span = 3;
  if (i >= 12) options.load_ratio = 1.5;
  run.see(series, options);
}

std::vector<std::byte> bytes_of(const SequentialRule& rule) {
  std::vector<std::byte> bytes(rule.snapshot_bytes());
  EXPECT_EQ(rule.snapshot(bytes), bytes.size());
  return bytes;
}

TEST(SequentialSnapshot, RestoringAtAnyFrameGivesTheSameBitsAsNeverHavingStopped) {
  JudgeRun straight(two_series_and_limits());
  JudgeRun broken(two_series_and_limits());
  for (int i = 0; i < 40; ++i) {
    see_frame(straight, i);
    see_frame(broken, i);
    const auto bytes = bytes_of(broken.rule);
    broken.rule = SequentialRule::restore(two_series_and_limits(), bytes).value();
    ASSERT_EQ(bytes_of(broken.rule), bytes_of(straight.rule)) << i;
    ASSERT_EQ(broken.last, straight.last) << i;
  }
  EXPECT_EQ(straight.last.outcome, Outcome::fail);
}

TEST(SequentialSnapshot, ReplayingAllFramesGivesTheSameBits) {
  JudgeRun first(two_series_and_limits());
  JudgeRun second(two_series_and_limits());
  for (int i = 0; i < 40; ++i) see_frame(first, i);
  for (int i = 0; i < 40; ++i) see_frame(second, i);
  EXPECT_EQ(bytes_of(first.rule), bytes_of(second.rule));
}

TEST(SequentialSnapshot, AFrameThatIsFedTwiceCountsOnce) {
  JudgeRun once(two_series_and_limits());
  JudgeRun twice(two_series_and_limits());
  for (int i = 0; i < 40; ++i) {
    see_frame(once, i);
    see_frame(twice, i);
    --twice.sequence;
    see_frame(twice, i);
    ASSERT_EQ(twice.last, once.last);
  }
  EXPECT_EQ(bytes_of(once.rule), bytes_of(twice.rule));
}

TEST(SequentialSnapshot, ARefusedFrameLeavesNoTrace) {
  JudgeRun run(two_series_and_limits());
  for (int i = 0; i < 10; ++i) see_frame(run, i);
  const auto before = bytes_of(run.rule);
  EXPECT_EQ(run.see({counts(1, 2, 1, 0), counts(1, 0, 1, 0)}).reason,
            VerdictReason::rejected_input);
  EXPECT_EQ(bytes_of(run.rule), before);
}

TEST(SequentialSnapshot, DamageIsFoundAtEveryByte) {
  JudgeRun run(two_series_and_limits());
  for (int i = 0; i < 5; ++i) see_frame(run, i);
  const auto sound = bytes_of(run.rule);
  for (std::size_t i = 0; i < sound.size(); i += 97) {
    auto damaged = sound;
    damaged[i] ^= std::byte{0x10};
    const auto rule = SequentialRule::restore(two_series_and_limits(), damaged);
    ASSERT_FALSE(rule.has_value()) << i;
    EXPECT_EQ(rule.error().kind, ErrorKind::malformed);
  }
}

TEST(SequentialSnapshot, AnotherConfigurationOrSizeIsRefused) {
  const JudgeRun run(two_series_and_limits());
  const auto bytes = bytes_of(run.rule);
  SequentialConfig other = two_series_and_limits();
  other.alpha = 0.02;
  EXPECT_FALSE(SequentialRule::restore(other, bytes).has_value());
  EXPECT_FALSE(SequentialRule::restore(two_series_and_limits(), std::span(bytes).first(8)));
  EXPECT_FALSE(SequentialRule::restore(two_series_and_limits(), {}));
  std::vector<std::byte> small(16);
  EXPECT_EQ(run.rule.snapshot(small), 0U);
}

TEST(SequentialSnapshot, OneSeriesNeedsAtMostEightKibibytes) {
  const JudgeRun one({.series = {{.name = "errors"}}});
  const JudgeRun two({.series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}}});
  EXPECT_LE(two.rule.snapshot_bytes() - one.rule.snapshot_bytes(), 8192U);
}

}  // namespace
}  // namespace kai::core
