// What must hold for the sequential rule as a whole, on made-up traffic.
#include <algorithm>
#include <bit>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::core {
namespace {

using fakes::JudgeRun;
using fakes::Traffic;

constexpr int never = 1'000'000;

SequentialConfig one_series() { return {.series = {{.name = "errors"}}, .panic = false}; }

// Frames until the rollback, counted from the first with the defect; `never` when there is none.
struct Defect {
  double rate = 200;
  double base = 0.01;
  double more = 0.03;
  int healthy_frames = 0;
  int burst_at = -1;
  double burst = 0;
  int frames = 40;
};

int frames_to_rollback(const Defect& defect, std::uint64_t seed) {
  Traffic traffic(seed);
  JudgeRun run(one_series());
  for (int i = 0; i < defect.healthy_frames + defect.frames; ++i) {
    double share = defect.base;
    if (i == defect.burst_at) share = std::min(1.0, share + defect.burst);
    if (i >= defect.healthy_frames) share += defect.more;
    run.see({traffic.interval(defect.rate, 0.1, share, defect.base)});
    if (run.last.outcome == Outcome::fail) return i + 1 - defect.healthy_frames;
  }
  return never;
}

int median_frames(const Defect& defect, int runs) {
  std::vector<int> frames;
  for (int run = 0; run < runs; ++run)
    frames.push_back(frames_to_rollback(defect, 1 + static_cast<std::uint64_t>(run)));
  std::ranges::nth_element(frames, frames.begin() + runs / 2);
  return frames[static_cast<std::size_t>(runs) / 2];
}

// The bench does the same with 40,000 runs per cell.
TEST(SequentialProperties, IdenticalReleasesAreRolledBackAtMostAsOftenAsPromised) {
  constexpr int runs = 400;
  for (const double base : {0.001, 0.01}) {
    for (const double rate : {10.0, 50.0, 200.0, 1000.0}) {
      int rolled_back = 0;
      for (int run = 0; run < runs; ++run) {
        const Defect none{.rate = rate, .base = base, .more = 0};
        if (frames_to_rollback(none, 1000 + static_cast<std::uint64_t>(run)) != never)
          ++rolled_back;
      }
      EXPECT_LE(rolled_back, 0.01 * runs) << base << " " << rate;
    }
  }
}

TEST(SequentialProperties, ThreePointsMoreAreFoundInThreeScrapesAndOneInNine) {
  EXPECT_LE(median_frames({.more = 0.03}, 301), 3);
  EXPECT_LE(median_frames({.more = 0.01}, 301), 9);
}

TEST(SequentialProperties, AForgivenBurstDelaysALaterDefectByAtMostThirtySeconds) {
  const int without = median_frames({.healthy_frames = 20}, 201);
  for (const double burst : {0.2, 1.0}) {
    const Defect defect{.healthy_frames = 20, .burst_at = 8, .burst = burst};
    EXPECT_LE(median_frames(defect, 201), without + 2) << burst;
  }
}

TEST(SequentialProperties, AfterALongPauseADefectIsFoundWithinThreeMinutes) {
  EXPECT_LE(median_frames({.healthy_frames = 240}, 101), 12);
}

TEST(SequentialProperties, MoreBadOnesNeverLowerThatFrameAndNeverHelpTheProofOfHealth) {
  SequentialConfig config = one_series();
  config.gates = {{.series = 0, .limit = 0.05}};
  config.series[0].dispersion = {{.intervals = 1, .dispersion = 1},
                                 {.intervals = 10, .dispersion = 2}};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Traffic traffic(seed);
    JudgeRun less(config), more(config);
    const int raised = static_cast<int>(traffic.source() % 30);
    for (int i = 0; i < 35; ++i) {
      const Counts frame = traffic.interval(100, 0.1, 0.02, 0.01);
      Counts worse = frame;
      if (i == raised) worse.x = std::min(worse.n, worse.x + 1 + traffic.source() % 40);
      less.see({frame});
      more.see({worse});
      const auto a = less.rule.evidence_of(0), b = more.rule.evidence_of(0);
      if (i <= raised) {
        ASSERT_GE(b.worse, a.worse);
      }
      ASSERT_LE(b.healthy, a.healthy + 1e-12);
      ASSERT_LE(b.healthy_step, a.healthy_step + 1e-12);
      ASSERT_LE(more.rule.gate_evidence_of(0).good, less.rule.gate_evidence_of(0).good + 1e-12);
    }
  }
}

// A stream without any library function behind it: whole numbers from one generator.
std::vector<Counts> stream_frame(fakes::Xoshiro& source) {
  const auto arm = [&](std::uint64_t scale, std::uint64_t& all, std::uint64_t& bad) {
    all = scale + source() % scale;
    bad = source() % (2 + all / 50);
  };
  std::vector<Counts> frame(2);
  for (Counts& counts : frame) {
    arm(200, counts.n, counts.x);
    arm(1800, counts.m, counts.y);
  }
  if (source() % 40 == 0) frame[0] = {};
  if (source() % 50 == 0) frame[1].x = frame[1].n;
  return frame;
}

TEST(SequentialProperties, EveryCompilerGivesTheSameBits) {
  SequentialConfig config{.planned_intervals = 100,
                          .planned_steps = 3,
                          .series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}},
                          .gates = {{.series = 0, .limit = 0.05}}};
  config.series[1].dispersion = {{.intervals = 1, .dispersion = 1.3},
                                 {.intervals = 4, .dispersion = 2},
                                 {.intervals = 10, .dispersion = 2.5}};
  JudgeRun run(config);
  fakes::Xoshiro source(42);
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](double value) {
    hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001b3;
  };
  for (int i = 0; i < 5000; ++i) {
    run.see(stream_frame(source),
            {.step_started = i % 30 == 29, .span = 1 + (i % 17 == 0 ? 1U : 0U)});
    for (std::size_t series = 0; series < 2; ++series) {
      const auto evidence = run.rule.evidence_of(series);
      for (const double value : {evidence.worse, evidence.intolerable, evidence.healthy,
                                 evidence.healthy_step, evidence.panic, evidence.forfeited})
        add(value);
    }
    add(run.rule.gate_evidence_of(0).bad);
    add(run.rule.gate_evidence_of(0).good);
  }
  EXPECT_EQ(hash, 14777720208301621735U);
}

}  // namespace
}  // namespace kai::core
