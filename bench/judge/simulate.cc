#include "bench/judge/simulate.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace kai::bench {
namespace {

std::uint64_t seed_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return hash;
}

std::vector<Cell> run(const Experiment& experiment) {
  std::vector<Cell> cells(experiment.rules.size());
  fakes::Traffic traffic(seed_of(experiment.name));
  for (int i = 0; i < experiment.runs; ++i) {
    const Stream stream = experiment.make(traffic);
    for (std::size_t r = 0; r < cells.size(); ++r) {
      if (i >= experiment.rules[r].runs_max) continue;
      ++cells[r].runs;
      const int seconds = experiment.rules[r].rule(stream);
      if (seconds != never && seconds > experiment.onset_seconds)
        cells[r].seconds.push_back(seconds - experiment.onset_seconds);
    }
  }
  return cells;
}

}  // namespace

std::vector<std::vector<Cell>> simulate(const std::vector<Experiment>& experiments,
                                        unsigned threads) {
  std::vector<std::vector<Cell>> results(experiments.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < experiments.size(); i = next++)
      results[i] = run(experiments[i]);
  };
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < std::max(1U, threads); ++i) workers.emplace_back(work);
  workers.clear();
  return results;
}

}  // namespace kai::bench
