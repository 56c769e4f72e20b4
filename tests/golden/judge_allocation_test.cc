// A program of its own, since it replaces operator new: after create the sequential rule allocates
// nothing, whatever it sees.
#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "core/judge/sequential.h"
#include "tests/fakes/counting_new.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::golden {
namespace {

TEST(JudgeAllocation, ObservingAllocatesNothing) {
  core::SequentialRule rule =
      core::SequentialRule::create(
          {.planned_intervals = 10,
           .series = {{.name = "a", .weight = 0.5}, {.name = "b", .weight = 0.5}},
           .gates = {{.series = 0}},
           .values = {{.name = "queue", .limit = 10}}})
          .value();
  fakes::Traffic traffic(1);
  std::vector<core::Counts> series(2), young(2);
  const std::vector<core::ValuePair> values = {{.canary = 1, .baseline = 1}};
  std::vector<std::byte> snapshot(rule.snapshot_bytes());
  const std::size_t before = fakes::allocations;
  for (std::uint64_t i = 1; i <= 400; ++i) {
    series[0] = traffic.interval(200, 0.1, i > 300 ? 0.5 : 0.01, 0.01);
    series[1] = i % 50 == 0 ? core::Counts{} : traffic.interval(50, 0.1, 0.05, 0.05);
    rule.observe({.sequence = i,
                  .span = i % 9 == 0 ? 3U : 1U,
                  .ask = i % 7 == 0 ? core::Ask::final : core::Ask::tick,
                  .step_started = i % 40 == 0,
                  .weight_ppm = 100'000,
                  .series = series,
                  .young = young,
                  .values = values});
    EXPECT_GT(rule.snapshot(snapshot), 0U);
  }
  EXPECT_EQ(fakes::allocations, before);
  EXPECT_GT(before, 0U);  // the counter works
}

}  // namespace
}  // namespace kai::golden
