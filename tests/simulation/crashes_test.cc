// Every effect of every scenario meets every blow: a crash before, after, or in between, a lost or
// late reply, a refusal. The rollout must reach the end it would have reached anyway.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "run.h"

namespace kai::simulation {
namespace {

std::string text_of(const Scenario& scenario, const std::vector<Blow>& blows,
                    const Outcome& outcome) {
  std::string text = std::string(scenario.name);
  for (const Blow& blow : blows) {
    const auto name = std::ranges::find(blow_names, blow.kind, &BlowName::kind);
    text += " --blow " + std::to_string(blow.effect) + ":" + std::string(name->name);
    if (blow.effect <= outcome.effects.size())
      text += " (" + outcome.effects[blow.effect - 1] + ")";
  }
  return text + " ended as " + outcome.end;
}

// The process died between a lowering and its save: whoever comes next keeps the canary down, and
// nobody knows any more what it was for.
bool is_adopted(const std::vector<Blow>& blows, const Outcome& outcome) {
  const auto died = [](const Blow& blow) {
    return blow.kind == Blow::Kind::crash_before || blow.kind == Blow::Kind::crash_unseen ||
           blow.kind == Blow::Kind::crash_late || blow.kind == Blow::Kind::crash_after;
  };
  return std::ranges::any_of(blows, died) && outcome.reason == "down_adopted";
}

// A Helm that refuses is not asked again: the promotion has failed.
bool is_right_end(const Scenario& scenario, const std::vector<Blow>& blows,
                  const Outcome& outcome) {
  const auto helm_refuses = [&](const Blow& blow) {
    return blow.kind == Blow::Kind::refused && blow.effect <= outcome.effects.size() &&
           outcome.effects[blow.effect - 1] == "helm upgrade";
  };
  if (std::ranges::any_of(blows, helm_refuses) && outcome.end == "rolled_back/promotion_failed")
    return true;
  if (is_adopted(blows, outcome)) return true;
  return std::ranges::find(scenario.ends, outcome.end) != scenario.ends.end();
}

void expect_right_end(const Scenario& scenario, const std::vector<Blow>& blows) {
  const Outcome outcome = run(scenario, blows);
  EXPECT_TRUE(is_right_end(scenario, blows, outcome)) << text_of(scenario, blows, outcome);
  EXPECT_TRUE(outcome.violations.empty())
      << text_of(scenario, blows, outcome) << ": " << outcome.violations.front();
}

// So many effects after a crash meet the second blow.
constexpr std::uint64_t after_crash = 12;

class CrashPairs : public testing::TestWithParam<const char*> {};
class Crashes : public testing::TestWithParam<Scenario> {};

TEST_P(Crashes, EndAsWithoutThem) {
  const Scenario& scenario = GetParam();
  const Outcome calm = run(scenario);
  ASSERT_TRUE(calm.violations.empty()) << calm.violations.front();
  ASSERT_EQ(calm.end, scenario.ends.front());
  std::size_t enumerated = 0;
  for (std::uint64_t effect = 1; effect <= calm.effects.size(); ++effect) {
    for (const BlowName& blow : blow_names) {
      expect_right_end(scenario, {{.effect = effect, .kind = blow.kind}});
      ++enumerated;
    }
  }
  std::printf("%s: %zu effects, crashes enumerated: %zu\n", std::string(scenario.name).c_str(),
              calm.effects.size(), enumerated);
}

// The process that cleans up after a crash meets a blow of its own.
TEST_P(CrashPairs, EndAsWithoutThem) {
  const Scenario& scenario = *find_scenario(GetParam());
  const std::uint64_t effects = run(scenario).effects.size();
  std::size_t enumerated = 0;
  for (std::uint64_t first = 1; first <= effects; ++first) {
    for (const Blow::Kind crash : {Blow::Kind::crash_before, Blow::Kind::crash_unseen}) {
      for (std::uint64_t second = first + 1; second <= first + after_crash; ++second) {
        for (const BlowName& blow : blow_names) {
          expect_right_end(
              scenario, {{.effect = first, .kind = crash}, {.effect = second, .kind = blow.kind}});
          ++enumerated;
        }
      }
    }
  }
  std::printf("%s: crash pairs enumerated: %zu\n", scenario.name.data(), enumerated);
}

// Each owner lives for a few intervals, fewer than have to agree: only what the ones before it
// saved can prove anything.
TEST(Judge, GoesOnWhereTheDeadOwnerWas) {
  const Scenario& scenario = *find_scenario("bad_sequential");
  const Outcome calm = run(scenario);
  std::vector<Blow> blows;
  std::size_t saves = 0;
  for (std::uint64_t effect = 1; effect <= calm.effects.size(); ++effect) {
    if (calm.effects[effect - 1] == "apply route") saves = 1;
    if (calm.effects[effect - 1] == "save" && saves > 0 && ++saves % 4 == 0)
      blows.push_back({.effect = effect, .kind = Blow::Kind::crash_after});
  }
  ASSERT_GE(blows.size(), 2U);
  expect_right_end(scenario, blows);
  const Outcome outcome = run(scenario, blows);
  EXPECT_GE(outcome.frames, 6U) << text_of(scenario, blows, outcome);
}

INSTANTIATE_TEST_SUITE_P(Shortest, CrashPairs,
                         testing::Values("never_ready", "abort_before_traffic", "weight_down",
                                         "abort"));

std::string name_of(const testing::TestParamInfo<Scenario>& scenario) {
  return std::string(scenario.param.name);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Crashes, testing::ValuesIn(scenarios()), name_of);

}  // namespace
}  // namespace kai::simulation
