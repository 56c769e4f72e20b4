// Feeds the judge one stream of 100,000 frames and prints the hash of every piece of evidence: the
// same number for every compiler, optimisation and instruction set. See bits.sh.
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "core/judge/sequential.h"
#include "tests/fakes/judge_run.h"
#include "tests/fakes/judge_traffic.h"

namespace {

using kai::core::Counts;

// Whole numbers from one generator: no library function whose bits could differ.
std::vector<Counts> next_frame(kai::fakes::Xoshiro& source) {
  std::vector<Counts> frame(2);
  for (Counts& counts : frame) {
    counts.n = 200 + source() % 200;
    counts.x = source() % (2 + counts.n / 50);
    counts.m = 1800 + source() % 1800;
    counts.y = source() % (2 + counts.m / 50);
  }
  if (source() % 40 == 0) frame[0] = {};
  if (source() % 50 == 0) frame[1].x = frame[1].n;
  return frame;
}

struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(double number) {
    value = (value ^ std::bit_cast<std::uint64_t>(number)) * 0x100000001b3;
  }
};

kai::core::SequentialConfig config() {
  return {.planned_intervals = 100,
          .planned_steps = 3,
          .series = {{.name = "a", .weight = 0.5},
                     {.name = "b",
                      .weight = 0.5,
                      .dispersion = {{.intervals = 1, .dispersion = 1.3},
                                     {.intervals = 4, .dispersion = 2},
                                     {.intervals = 10, .dispersion = 2.5}}}},
          .gates = {{.series = 0, .limit = 0.05}}};
}

}  // namespace

int main() {
  kai::fakes::JudgeRun run(config());
  kai::fakes::Xoshiro source(42);
  Hash hash;
  for (int i = 0; i < 100'000; ++i) {
    run.see(next_frame(source),
            {.step_started = i % 30 == 29, .span = 1 + (i % 17 == 0 ? 1U : 0U)});
    for (std::size_t series = 0; series < 2; ++series) {
      const auto evidence = run.rule.evidence_of(series);
      for (const double value : {evidence.worse, evidence.intolerable, evidence.healthy,
                                 evidence.healthy_step, evidence.panic, evidence.forfeited})
        hash.add(value);
    }
    hash.add(run.rule.gate_evidence_of(0).bad);
    hash.add(run.rule.gate_evidence_of(0).good);
  }
  std::printf("%016llx\n", static_cast<unsigned long long>(hash.value));
}
