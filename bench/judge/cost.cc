// Cost of the judge per series and interval with every slot in use, and the size of its state.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "bench/judge/full_slots.h"
#include "bench/report.h"

namespace {

constexpr double bound_microseconds = 5;
constexpr double bound_state_bytes = 8192;
constexpr int repetitions = 5;

// Argument: series.
void observe_with_every_slot_in_use(benchmark::State& state) {
  const auto series = static_cast<std::size_t>(state.range(0));
  const auto frames = kai::bench::usual_frames(series);
  kai::fakes::JudgeRun run = kai::bench::with_full_slots(series);
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(run.see(frames[next]));
    next = (next + 1) % frames.size();
  }
  const auto observed = static_cast<double>(state.iterations()) * static_cast<double>(series);
  state.counters["per_series"] =
      benchmark::Counter(observed, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(observe_with_every_slot_in_use)->Arg(1)->Arg(10)->Arg(40)->Repetitions(repetitions);

// Other work on the machine only adds to the time: the least of the repetitions is held to the
// bound.
class Fastest : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    benchmark::ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto found = run.counters.find("per_series");
      if (run.run_type == Run::RT_Iteration && found != run.counters.end())
        seconds = std::min(seconds, static_cast<double>(found->second));
    }
  }
  double seconds = std::numeric_limits<double>::infinity();
};

}  // namespace

int main(int count, char** words) {
  benchmark::Initialize(&count, words);
  Fastest fastest;
  benchmark::RunSpecifiedBenchmarks(&fastest);
  const kai::fakes::JudgeRun one(kai::bench::config_of_series(1));
  const kai::fakes::JudgeRun two(kai::bench::config_of_series(2));
  kai::bench::Report report;
  report.claim({.what = "judge, per series and interval, all slots in use",
                .measured = fastest.seconds * 1e6,
                .bound = bound_microseconds,
                .unit = "us",
                .detail = "least of the repetitions"});
  report.claim(
      {.what = "state of the judge per series",
       .measured = static_cast<double>(two.rule.snapshot_bytes() - one.rule.snapshot_bytes()),
       .bound = bound_state_bytes,
       .unit = "bytes"});
  return report.exit_code();
}
