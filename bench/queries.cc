// How often Prometheus is asked in an interval does not depend on the number of services: counted
// at the server while the real engine judges 1 to 30 of them.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

#include "bench/report.h"
#include "bench/running_rollout.h"

namespace kai::bench {
namespace {

constexpr int intervals = 6;  // of a second each
constexpr std::array services_of_runs{1, 3, 10, 30};

std::size_t count(int services) {
  RunningRollout rollout(static_cast<std::size_t>(services), Answers::yes);
  rollout.begin();
  rollout.run_for(std::chrono::milliseconds(500));
  const std::size_t before = rollout.prometheus().queries();
  rollout.run_for(std::chrono::seconds(intervals));
  return rollout.prometheus().queries() - before;
}

int run() {
  Report report;
  std::vector<std::size_t> counts;
  for (const int services : services_of_runs) {
    counts.push_back(count(services));
    report.claim({.what = fmt::format("Prometheus queries in an interval, {} services", services),
                  .measured = static_cast<double>(counts.back()) / intervals,
                  .bound = 1 + 1.0 / intervals,  // one more may fall into what was looked at
                  .unit = "queries",
                  .detail = fmt::format("{} in {} intervals", counts.back(), intervals)});
  }
  // Late ticks may skip a second on a busy machine; but who asks nothing has proved nothing.
  const std::size_t fewest = std::ranges::min(counts);
  report.claim({.what = "intervals without any query, at most",
                .measured = static_cast<double>(intervals) - static_cast<double>(fewest),
                .bound = intervals / 2.0,
                .unit = "intervals"});
  return report.exit_code();
}

}  // namespace
}  // namespace kai::bench

int main() { return kai::bench::run(); }
