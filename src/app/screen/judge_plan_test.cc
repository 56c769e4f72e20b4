// The judge's part of the plan: tests/golden/screens/plan_judge.txt.
#include "app/screen/judge_plan.h"

#include <gtest/gtest.h>

#include "app/screen/findings.h"
#include "codec/json.h"
#include "tests/fakes/golden_file.h"
#include "tests/fakes/sample_rollout.h"

namespace kai::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

engine::ServiceJudgePlan service() {
  return {.name = "api-server",
          .scatter = {.source = engine::ScatterSource::learned,
                      .pods = 4,
                      .history = hours(6),
                      .points = {{.intervals = 1, .dispersion = 1.2},
                                 {.intervals = 10, .dispersion = 1.5},
                                 {.intervals = 40, .dispersion = 2.04}}},
          .known = engine::ServicePower{
              .requests_per_second = 50,
              .error_share = 0.01,
              .power = {
                  .first_step = {.usually = 0.02279, .almost_always = 0.02789},
                  .whole = {.usually = 0.00806, .almost_always = 0.00946},
                  .halving = core::Halving{.time = 7.4, .requests = 5.6, .weight = std::nullopt}}}};
}

engine::JudgePlan judge(std::vector<engine::ServiceJudgePlan> services) {
  return {.interval = seconds(15), .persist = 3, .services = std::move(services)};
}

core::Plan plan() {
  return fakes::sample_record(core::Phase::progressing, core::Stage::bring_up).plan;
}

std::string shown(const core::Plan& plan, const engine::ServiceJudgePlan& service) {
  return text_of(judge_plan_lines(plan, judge({service})), {});
}

TEST(JudgePlan, AsPeopleSeeIt) {
  std::string text = "== known\n" + shown(plan(), service());
  core::Plan one_step = plan();
  one_step.steps = {{core::Weight::from_hundredths(1000), minutes(10)}};
  engine::ServiceJudgePlan other = service();
  core::Power& power = other.known->power;
  other.scatter = {.source = engine::ScatterSource::raised,
                   .pods = 2,
                   .history = minutes(10),
                   .points = {{.intervals = 1, .dispersion = 2}}};
  power.whole.almost_always.reset();
  power.halving = core::Halving{.time = 3.1, .requests = 3.5, .weight = 2.4};
  text += "== one step, two pods, nothing in 95\n" + shown(one_step, other);
  power.halving = core::Halving{.tolerated = true, .time = {}, .requests = {}, .weight = {}};
  text += "== half of it is tolerated\n" + shown(one_step, other);
  power.halving = core::Halving{};
  text += "== nothing halves it\n" + shown(one_step, other);
  power = {};
  text += "== hardly any traffic\n" + shown(plan(), other);
  other.known.reset();
  other.scatter = {.points = {{.intervals = 1, .dispersion = 2}}};
  text += "== traffic that nobody knows\n" + shown(plan(), other);
  fakes::expect_golden(std::string(KAI_SOURCE_DIR) + "/tests/golden/screens/plan_judge.txt", text);
}

TEST(JudgePlan, AsData) {
  engine::ServiceJudgePlan unknown{.name = "worker",
                                   .scatter = {.points = {{.intervals = 1, .dispersion = 2}}},
                                   .known = std::nullopt};
  fakes::expect_golden_block(
      std::string(KAI_SOURCE_DIR) + "/docs/output.md", "JudgePlan", "json",
      codec::write_json_pretty(judge_plan_tree(plan(), judge({service(), unknown}))) + "\n");
}

TEST(JudgePlan, WhatIsNotKnownIsNoNumber) {
  engine::ServiceJudgePlan unknown = service();
  unknown.known.reset();
  const std::string text = codec::write_json(judge_plan_tree(plan(), judge({unknown})));
  for (const char* const key : {"requestsPerSecond", "errorPercent", "pointsIn80", "toHalve"})
    EXPECT_EQ(text.find(key), std::string::npos) << text;
}

TEST(JudgePlan, IsPartOfThePlan) {
  engine::Prepared prepared{
      .record = fakes::sample_record(core::Phase::progressing, core::Stage::bring_up)};
  EXPECT_EQ(plan_tree(plan(), prepared, Asked::cluster).get("judge"), nullptr)
      << "under the threshold rule";
  prepared.judge = judge({service()});
  EXPECT_NE(plan_tree(plan(), prepared, Asked::cluster).get("judge"), nullptr);
  const std::string text = text_of(plan_lines(plan(), prepared, Asked::cluster), {});
  EXPECT_NE(text.find("\njudge\n  sequential: compares the versions every 15s"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  api-server: 50.0 requests/s, 1.0% errors; in simulated rollouts:\n    "
                      "first step, 10% for"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace kai::app
