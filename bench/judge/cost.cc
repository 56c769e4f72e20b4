// Cost of the judge per series and interval with every slot in use, and the size of its state. The
// bound: 5 us and 8 KiB.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"
#include "tests/fakes/judge_traffic.h"

namespace {

using kai::core::Counts;

kai::core::SequentialConfig config_of(std::size_t series) {
  kai::core::SequentialConfig config;
  for (std::size_t i = 0; i < series; ++i) {
    config.series.push_back({.name = "errors",
                             .weight = 1.0 / static_cast<double>(series),
                             .dispersion = {{.intervals = 1, .dispersion = 1.2},
                                            {.intervals = 4, .dispersion = 1.5},
                                            {.intervals = 10, .dispersion = 2}}});
  }
  return config;
}

std::vector<std::vector<Counts>> frames_of(std::size_t series, double canary_share) {
  kai::fakes::Traffic traffic(1);
  std::vector<std::vector<Counts>> frames(256);
  for (auto& frame : frames) {
    for (std::size_t i = 0; i < series; ++i)
      frame.push_back(traffic.interval(200, 0.1, canary_share, 0.01));
  }
  return frames;
}

// Argument: series. Late starts keep all 16 slots in use after the first 64 frames.
void observe_with_every_slot_in_use(benchmark::State& state) {
  const auto series = static_cast<std::size_t>(state.range(0));
  const auto frames = frames_of(series, 0.01);
  kai::fakes::JudgeRun run(config_of(series));
  for (const auto& frame : frames) run.see(frame);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(run.see(frames[next]));
    next = (next + 1) % frames.size();
  }
  const auto observed = static_cast<double>(state.iterations()) * static_cast<double>(series);
  state.counters["per_series"] =
      benchmark::Counter(observed, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  const kai::fakes::JudgeRun one(config_of(1)), two(config_of(2));
  state.counters["state_bytes"] =
      static_cast<double>(two.rule.snapshot_bytes() - one.rule.snapshot_bytes());
}
BENCHMARK(observe_with_every_slot_in_use)->Arg(1)->Arg(10)->Arg(40);

}  // namespace
