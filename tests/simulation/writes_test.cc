// How often a rollout writes when nothing goes wrong: each write is a load on somebody's API server
// and a line in somebody's audit log, and what is written without need hides what is not.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "run.h"

namespace kai::simulation {
namespace {

std::map<std::string, int> writes_of(std::string_view scenario) {
  const Outcome outcome = run(*find_scenario(scenario));
  EXPECT_TRUE(outcome.violations.empty()) << outcome.violations.front();
  std::map<std::string, int> counts;
  for (const std::string& effect : outcome.effects) ++counts[effect];
  for (const auto& [effect, count] : counts) std::printf("%s: %d\n", effect.c_str(), count);
  return counts;
}

// Each step has the pass before it, its raise and its write of the route; the rest is the way in
// and out. A claim is renewed only where no save was made for five seconds.
TEST(Writes, AGoodRolloutOfThreeSteps) {
  auto writes = writes_of("good");
  EXPECT_LE(writes["save"], 14);
  EXPECT_LE(writes["renew"], 8);
  EXPECT_LE(writes["apply route"], 5) << "none, three steps, none";
  EXPECT_LE(writes["bring up clones"], 3) << "of which a step writes what it needs more";
  for (const char* const once :
       {"claim", "give up claim", "restore route", "discard clones", "helm upgrade", "remember"}) {
    EXPECT_EQ(writes[once], 1) << once;
  }
}

TEST(Writes, ABadOneIsCheaper) {
  auto writes = writes_of("bad");
  EXPECT_LE(writes["save"], 8);
  EXPECT_LE(writes["renew"], 5);
  EXPECT_LE(writes["apply route"], 3);
  EXPECT_EQ(writes["helm upgrade"], 0);
}

}  // namespace
}  // namespace kai::simulation
