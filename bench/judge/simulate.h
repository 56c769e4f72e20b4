// Runs many rollouts of one kind through rules: one seed per cell, cells spread over threads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/judge/report.h"
#include "bench/judge/rules.h"
#include "tests/fakes/judge_traffic.h"

namespace kai::bench {

// One cell's traffic: how a rollout is made, and from when on it is bad.
struct Experiment {
  std::string name;  // its hash is the seed
  std::function<Stream(fakes::Traffic&)> make;
  std::vector<NamedRule> rules;
  int runs = 0;
  int onset_seconds = 0;  // times count from here; a rollback before it is not a find
};

// Cells by experiment, then by rule. The result does not depend on the number of threads.
[[nodiscard]] std::vector<std::vector<Cell>> simulate(const std::vector<Experiment>& experiments,
                                                      unsigned threads);

}  // namespace kai::bench
