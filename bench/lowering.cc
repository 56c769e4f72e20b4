// From the moment when a reason to lower the canary has reached the engine until the PATCH to
// weight zero is at the API server, while Prometheus takes connections and never answers.
#include <optional>
#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/running_rollout.h"

namespace kai::bench {
namespace {

constexpr int runs = 200;
constexpr double bound_ms = 20;

double milliseconds(Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// The reason comes at any moment of the engine's second; the same ones in each program run.
Duration moment_of(int run) { return std::chrono::milliseconds(30 + (run * 37) % 191); }

using Lower = std::optional<Duration> (RunningRollout::*)();

void measure(Report& report, const std::string& reason, Lower lower) {
  RunningRollout rollout(3, Answers::never);
  std::vector<double> times;
  int missing = 0;
  int unasked = 0;
  for (int run = 0; run < runs; ++run) {
    rollout.begin();
    rollout.run_for(moment_of(run));
    if (!rollout.run_until_asked()) ++unasked;
    const auto time = (rollout.*lower)();
    if (time) times.push_back(milliseconds(*time));
    if (!time) ++missing;
  }
  report.claim({.what = reason + ": runs without a PATCH within 5 s",
                .measured = static_cast<double>(missing),
                .bound = 0,
                .unit = "runs"});
  if (times.empty()) return;
  report.claim({.what = reason + " to PATCH at the API server, p99",
                .measured = percentile(times, 0.99),
                .bound = bound_ms,
                .unit = "ms",
                .detail = spread(times, "ms")});
  report.claim({.what = reason + ": runs in which no question waited for Prometheus",
                .measured = static_cast<double>(unasked),
                .bound = 0,
                .unit = "runs"});
}

}  // namespace
}  // namespace kai::bench

int main() {
  kai::bench::Report report;
  kai::bench::Report::note(
      "engine, clients and both servers share one thread, so the times are upper bounds; there is "
      "no notifier in this version that could be slow");
  kai::bench::measure(report, "endpoints vanish", &kai::bench::RunningRollout::lose_endpoints);
  kai::bench::measure(report, "abort", &kai::bench::RunningRollout::abort);
  return report.exit_code();
}
