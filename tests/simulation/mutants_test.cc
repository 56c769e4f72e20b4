// Every invariant can fail: each mutant must be noticed by the invariant that names it.
#include "mutants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "run.h"

namespace kai::simulation {
namespace {

constexpr std::uint64_t seeds_max =
    20000;  // within which a mutant must be found: as many as a test run has

bool caught(const Outcome& outcome, std::string_view invariant) {
  return std::ranges::any_of(outcome.violations, [&](const std::string& violation) {
    return violation.starts_with(std::string(invariant) + ":");
  });
}

// The first seed that finds it; 0 when none does.
std::uint64_t seed_that_finds(const Museum& entry) {
  use_mutant(entry.mutant);
  std::uint64_t seed = 1;
  while (seed <= seeds_max && !caught(run(seed, entry.mutant), entry.caught_by)) ++seed;
  use_mutant(Mutant::none);
  return seed <= seeds_max ? seed : 0;
}

class Mutants : public testing::TestWithParam<Museum> {};

TEST_P(Mutants, AreNoticedByTheirInvariant) {
  const std::uint64_t seed = seed_that_finds(GetParam());
  ASSERT_NE(seed, 0u) << GetParam().caught_by << " did not notice " << GetParam().name << " in "
                      << seeds_max << " seeds";
  std::printf("%s notices %s at seed %llu\n", std::string(GetParam().caught_by).c_str(),
              std::string(GetParam().name).c_str(), static_cast<unsigned long long>(seed));
}

std::string name_of(const testing::TestParamInfo<Museum>& entry) {
  return std::string(entry.param.caught_by) + "_" + std::string(entry.param.name);
}

INSTANTIATE_TEST_SUITE_P(Museum, Mutants, testing::ValuesIn(museum), name_of);

TEST(Museum, TheUnchangedDecisionViolatesNothing) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed)
    EXPECT_TRUE(run(seed).violations.empty()) << seed;
}

// One invariant without an entry would be one that nobody knows to work.
TEST(Museum, ThereIsOneForEveryInvariant) {
  for (const char* invariant :
       {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I10", "I12", "I14", "I15", "I19", "I30"}) {
    EXPECT_TRUE(std::ranges::any_of(museum, [&](const Museum& entry) {
      return entry.caught_by == invariant;
    })) << invariant;
  }
}

}  // namespace
}  // namespace kai::simulation
