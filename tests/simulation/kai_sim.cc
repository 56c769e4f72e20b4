// kai-sim: simulated rollouts by seed.
//   kai-sim --seeds N [--from S]   runs N seeds, prints ends, situations and the first failing
//   seed; exit 1 if any kai-sim --seed S               replays one and prints its whole story
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

#include "run.h"

namespace {

using kai::simulation::Outcome;

std::uint64_t number_after(int count, char** words, const char* flag, std::uint64_t otherwise) {
  for (int i = 1; i + 1 < count; ++i) {
    if (std::strcmp(words[i], flag) != 0) continue;
    std::uint64_t value = 0;
    const char* const end = words[i + 1] + std::strlen(words[i + 1]);
    if (std::from_chars(words[i + 1], end, value).ptr == end) return value;
  }
  return otherwise;
}

int replay(std::uint64_t seed) {
  const Outcome outcome = kai::simulation::run(seed);
  for (const std::string& line : outcome.log) std::printf("%s\n", line.c_str());
  std::printf("seed %llu: %s, %zu violations\n", static_cast<unsigned long long>(seed),
              outcome.end.c_str(), outcome.violations.size());
  return outcome.violations.empty() ? 0 : 1;
}

// A situation that was never reached means that the simulator went blind.
int missing_situations(const std::map<std::string, std::uint64_t>& sometimes) {
  int missing = 0;
  for (const char* situation : {"crash with weight", "crash in rollback", "crash while Helm runs",
                                "save refused", "late write refused by stamp", "paused"}) {
    if (sometimes.contains(situation)) continue;
    std::printf("never reached: %s\n", situation);
    ++missing;
  }
  return missing;
}

int campaign(std::uint64_t from, std::uint64_t seeds) {
  std::map<std::string, std::uint64_t> ends;
  std::map<std::string, std::uint64_t> sometimes;
  std::uint64_t failed = 0;
  std::uint64_t events = 0;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    const Outcome outcome = kai::simulation::run(seed);
    ++ends[outcome.end];
    events += outcome.events;
    for (const auto& [name, count] : outcome.sometimes) sometimes[name] += count;
    if (outcome.violations.empty()) continue;
    if (++failed <= 10) {
      std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                  outcome.violations.front().c_str());
    }
  }
  for (const auto& [end, count] : ends)
    std::printf("%8llu  %s\n", static_cast<unsigned long long>(count), end.c_str());
  for (const auto& [name, count] : sometimes) {
    std::printf("%8llu  reached: %s\n", static_cast<unsigned long long>(count), name.c_str());
  }
  const int missing = seeds >= 1000 ? missing_situations(sometimes) : 0;
  std::printf("%llu seeds, %llu events: %llu passed, %llu failed\n",
              static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(events),
              static_cast<unsigned long long>(seeds - failed),
              static_cast<unsigned long long>(failed));
  return failed == 0 && missing == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::uint64_t none = ~std::uint64_t{0};
  const std::uint64_t seed = number_after(count, words, "--seed", none);
  if (seed != none) return replay(seed);
  return campaign(number_after(count, words, "--from", 1),
                  number_after(count, words, "--seeds", 20'000));
}
