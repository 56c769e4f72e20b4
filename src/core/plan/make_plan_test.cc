#include "core/plan/make_plan.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kai::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Flags = std::vector<std::pair<std::string, std::string>>;

Sources with(Flags flags) {
  flags.insert(flags.begin(), {{"canary", "true"}, {"tag", "v1.2.3"}});
  return {.flags = std::move(flags),
          .environment = {},
          .configs = {},
          .defaults = {{"release", "kai"}, {"env", "staging"}}};
}

// The block of the original chart, as its values.yaml has it.
Tree original_block() {
  Tree block;
  block.set("enabled", false);
  block.set("weight", 10);
  block.set_at("/analysis/interval", 30);
  block.set_at("/analysis/maxWeight", 50);
  block.set_at("/analysis/stepWeight", 10);
  block.set_at("/analysis/threshold/success", 95);
  block.set_at("/analysis/threshold/latency", 500);
  Tree& services = block.set("services", Tree::list());
  services.push_back(Tree(Tree::Map{{"name", "api-server"}, {"port", 80}, {"path", "/health"}}));
  services.push_back(
      Tree(Tree::Map{{"name", "coordinator-service"}, {"port", 80}, {"path", "/health"}}));
  block.set_at("/metrics/prometheus/enabled", true);
  block.set_at("/metrics/prometheus/address", "http://prometheus-server.monitoring:9090");
  block.set("autoPromote", true);
  block.set("autoRollback", true);
  return block;
}

Sources with_block(Tree block, Flags flags = {}) {
  Sources sources = with(std::move(flags));
  sources.configs.push_back(
      {.file = "values.yaml", .block = std::move(block), .prefix = "canary.", .foreign = true});
  return sources;
}

Plan plan_of(const Sources& sources) {
  auto plan = make_plan(sources);
  EXPECT_TRUE(plan.has_value()) << (plan ? ""
                                         : plan.error().front().where + ": " +
                                               plan.error().front().message);
  return plan.value_or(Plan{});
}

std::string first_mistake(const Sources& sources) {
  const auto plan = make_plan(sources);
  return plan ? "" : plan.error().front().where + ": " + plan.error().front().message;
}

bool has_mistake(const Sources& sources, const std::string& where) {
  const auto plan = make_plan(sources);
  return !plan && std::ranges::any_of(
                      plan.error(), [&](const Mistake& mistake) { return mistake.where == where; });
}

TEST(MakePlan, TheSeedsDefaultsHoldWhenNobodySaysAnything) {
  const Plan plan = plan_of(with({}));
  EXPECT_EQ(plan.steps, (std::vector<Step>{{Weight::from_hundredths(1000), minutes(10)}}));
  EXPECT_EQ(plan.timing.interval, seconds(30));
  EXPECT_EQ(plan.limits.success_percent_min, 95);
  EXPECT_TRUE(plan.services_by_default);
  EXPECT_EQ(plan.services[0].name, "api-server");
  EXPECT_EQ(plan.services[1].name, "coordinator-service");
  EXPECT_EQ(plan.target.release, "kai");
  EXPECT_EQ(plan.inputs.environment, "staging");
  EXPECT_EQ(plan.metrics.address, "http://prometheus-server.monitoring:9090");
  EXPECT_EQ(plan.timing.final_bake, seconds(60));
}

TEST(MakePlan, TheSeedsAdvancedExampleIsReadAsItStands) {
  const Plan plan =
      plan_of(with({{"context", "kai-production-cluster"},
                    {"env", "production"},
                    {"canary-weight", "20"},
                    {"canary-time", "15"},
                    {"health-threshold", "98"},
                    {"critical-services", "api-server,coordinator-service,mobile-optimization"}}));
  EXPECT_EQ(plan.target.context, "kai-production-cluster");
  EXPECT_EQ(plan.inputs.environment, "production");
  EXPECT_EQ(plan.steps, (std::vector<Step>{{Weight::from_hundredths(2000), minutes(15)}}));
  EXPECT_EQ(plan.limits.success_percent_min, 98);
  EXPECT_EQ(plan.services.size(), 3u);
  EXPECT_EQ(plan.services[2].name, "mobile-optimization");
}

// Every option of the original script, a value, and what it changes.
struct OptionCase {
  std::string option;
  std::string value;
  bool (*acts)(const Plan&);
};

TEST(MakePlan, EveryOptionOfTheOriginalScriptActs) {
  const OptionCase cases[] = {
      {"canary", "false", [](const Plan& plan) { return !plan.canary; }},
      {"canary-weight", "0.5%",
       [](const Plan& plan) { return plan.steps[0].weight.hundredths() == 50; }},
      {"canary-time", "1.5",
       [](const Plan& plan) { return plan.timing.canary_time == seconds(90); }},
      {"health-threshold", "99.5%",
       [](const Plan& plan) { return plan.limits.success_percent_min == 99.5; }},
      {"critical-services", "billing",
       [](const Plan& plan) {
         return plan.services.size() == 1 && plan.services[0].name == "billing";
       }},
      {"context", "c", [](const Plan& plan) { return plan.target.context == "c"; }},
      {"env", "production",
       [](const Plan& plan) { return plan.inputs.environment == "production"; }},
      {"tag", "v9", [](const Plan& plan) { return plan.inputs.tag == "v9"; }},
      {"registry", "r.example:5000/x",
       [](const Plan& plan) { return plan.inputs.registry == "r.example:5000/x"; }},
      {"namespace", "shop", [](const Plan& plan) { return plan.target.name_space == "shop"; }},
      {"release", "other", [](const Plan& plan) { return plan.target.release == "other"; }},
  };
  for (const OptionCase& each : cases)
    EXPECT_TRUE(each.acts(plan_of(with({{each.option, each.value}})))) << each.option;
}

TEST(MakePlan, TheEnvironmentOfTheOriginalScriptActs) {
  Sources sources = with({});
  sources.flags.pop_back();  // --tag
  sources.environment = {{"KUBE_CONTEXT", "c"},
                         {"ENVIRONMENT", "production"},
                         {"REGISTRY_URL", "r"},
                         {"IMAGE_TAG", "v7"},
                         {"NAMESPACE", "n"}};
  const Plan plan = plan_of(sources);
  EXPECT_EQ(plan.target.context, "c");
  EXPECT_EQ(plan.inputs.environment, "production");
  EXPECT_EQ(plan.inputs.registry, "r");
  EXPECT_EQ(plan.inputs.tag, "v7");
  EXPECT_EQ(plan.target.name_space, "n");
}

TEST(MakePlan, AFlagBeatsTheEnvironmentAndTheEnvironmentBeatsTheChart) {
  Sources sources = with_block(original_block());
  EXPECT_EQ(plan_of(sources).limits.success_percent_min, 95);
  sources.environment["KAI_CANARY_HEALTH_THRESHOLD"] = "97";
  EXPECT_EQ(plan_of(sources).limits.success_percent_min, 97);
  sources.flags.push_back({"health-threshold", "99"});
  EXPECT_EQ(plan_of(sources).limits.success_percent_min, 99);
}

// Every key of the original block, another value, and what it changes.
struct KeyCase {
  std::string pointer;
  Tree value;
  bool (*acts)(const Plan&);
};

TEST(MakePlan, EveryKeyOfTheOriginalBlockActs) {
  Tree one_service = Tree::list();
  one_service.push_back(Tree(Tree::Map{{"name", "billing"}, {"port", 8080}, {"path", "/ready"}}));
  const KeyCase cases[] = {
      {"/weight", 5, [](const Plan& plan) { return plan.steps[0].weight.hundredths() == 500; }},
      {"/analysis/interval", 10,
       [](const Plan& plan) { return plan.timing.interval == seconds(10); }},
      {"/analysis/interval", "1m",
       [](const Plan& plan) { return plan.timing.interval == minutes(1); }},
      {"/analysis/maxWeight", 30,
       [](const Plan& plan) { return plan.steps.back().weight.hundredths() == 3000; }},
      {"/analysis/stepWeight", 20,
       [](const Plan& plan) { return plan.steps[1].weight.hundredths() == 3000; }},
      {"/analysis/threshold/success", 90,
       [](const Plan& plan) { return plan.limits.success_percent_min == 90; }},
      {"/analysis/threshold/latency", 250,
       [](const Plan& plan) { return plan.limits.latency_max == Duration(milliseconds(250)); }},
      {"/services", one_service,
       [](const Plan& plan) {
         return plan.services.size() == 1 &&
                plan.services[0] == CriticalService{"billing", 8080, "/ready"};
       }},
      {"/metrics/prometheus/enabled", false,
       [](const Plan& plan) { return !plan.metrics.enabled; }},
      {"/metrics/prometheus/address", "http://p:1",
       [](const Plan& plan) { return plan.metrics.address == "http://p:1"; }},
      {"/autoPromote", false, [](const Plan& plan) { return !plan.policy.promote_by_itself; }},
      {"/autoRollback", false,
       [](const Plan& plan) { return plan.policy.on_fail == OnFail::freeze; }},
  };
  for (const KeyCase& each : cases) {
    Tree block = original_block();
    EXPECT_FALSE(each.acts(plan_of(with_block(block))))
        << each.pointer << " acts without being set";
    block.set_at(each.pointer, each.value);
    EXPECT_TRUE(each.acts(plan_of(with_block(block)))) << each.pointer;
  }
}

TEST(MakePlan, EnabledInTheChartMakesEveryDeployACanary) {
  Tree block = original_block();
  block.set("enabled", true);
  Sources sources = with_block(block);
  sources.flags.erase(sources.flags.begin());  // --canary
  EXPECT_TRUE(plan_of(sources).canary);
}

TEST(MakePlan, TheOriginalBlockClimbsByStepWeightAndSharesTheTime) {
  const Plan plan = plan_of(with_block(original_block()));
  ASSERT_EQ(plan.steps.size(), 5u);
  EXPECT_EQ(plan.steps[4].weight.hundredths(), 5000);
  for (const Step& step : plan.steps) EXPECT_EQ(step.bake_time, minutes(2));
}

TEST(MakePlan, AWeightOnTheCommandLineStaysConstant) {
  EXPECT_EQ(plan_of(with_block(original_block(), {{"canary-weight", "20"}})).steps.size(), 1u);
}

TEST(MakePlan, ExplicitStepsKeepTheirOwnTimes) {
  const Plan plan = plan_of(with({{"steps", "5,10,25:5m,50"}, {"canary-time", "11"}}));
  ASSERT_EQ(plan.steps.size(), 4u);
  EXPECT_EQ(plan.steps[2], (Step{Weight::from_hundredths(2500), minutes(5)}));
  EXPECT_EQ(plan.steps[0].bake_time, minutes(2));
}

TEST(MakePlan, AllMistakesAreReportedAtOnce) {
  const auto plan = make_plan(with({{"canary-weight", "x"},
                                    {"canary-time", "abc"},
                                    {"health-threshold", "101"},
                                    {"critical-services", ""}}));
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().size(), 4u);
}

TEST(MakePlan, WhatCannotBeMeantIsAMistake) {
  const std::pair<Flags, std::string> cases[] = {
      {{{"canary-weight", "0"}}, "--canary-weight"},
      {{{"canary-weight", "100.1"}}, "--canary-weight"},
      {{{"canary-time", "0"}}, "--canary-time"},
      {{{"canary-time", "30s"}}, "--canary-time"},
      {{{"canary-time", "-5"}}, "--canary-time"},
      {{{"health-threshold", "0"}}, "--health-threshold"},
      {{{"health-threshold", "nan"}}, "--health-threshold"},
      {{{"critical-services", ""}}, "--critical-services"},
      {{{"critical-services", "a,,b"}}, "--critical-services"},
      {{{"tag", "a b"}}, "--tag"},
      {{{"tag", "latest"}}, "--tag"},
      {{{"release", "Kai"}}, "--release"},
      {{{"namespace", "a_b"}}, "--namespace"},
      {{{"steps", "10,5"}}, "--steps"},
      {{{"steps", "0,5"}}, "--steps"},
      {{{"steps", "10:x"}}, "--steps"},
      {{{"interval", "0"}}, "--interval"},
      {{{"on-fail", "explode"}}, "--on-fail"},
      {{{"prometheus", "prom:9090"}}, "--prometheus"},
      {{{"latency-threshold", "fast"}}, "--latency-threshold"},
      {{{"latency-threshold", "500@p100"}}, "--latency-threshold"},
      {{{"skip-check", "P5"}}, "--skip-check"},
      {{{"mirror", "true"}}, "--mirror"},
      {{{"canary-wieght", "10"}}, "--canary-wieght"},
  };
  for (const auto& [flags, where] : cases)
    EXPECT_TRUE(has_mistake(with(flags), where)) << where << " " << flags.front().second;
}

TEST(MakePlan, AMistakeInAFileNamesFileLineAndKey) {
  Tree block = original_block();
  block.at("/analysis/threshold/success")->set_line(12);
  block.set_at("/analysis/threshold/success", "many").set_line(12);
  EXPECT_EQ(first_mistake(with_block(block)),
            "values.yaml:12: canary.analysis.threshold.success: 'many' is no number");
}

TEST(MakePlan, AnUnknownKeyOfOurOwnFileIsAMistakeWithASuggestion) {
  Sources sources = with({});
  sources.configs.push_back({.file = ".kai-canary.yaml",
                             .block = Tree(Tree::Map{{"wieght", 10}}),
                             .prefix = "",
                             .foreign = false});
  EXPECT_EQ(first_mistake(sources), ".kai-canary.yaml: wieght: no such key; did you mean weight?");
}

TEST(MakePlan, AnUnknownKeyOfAStrangersChartIsOnlyAWarning) {
  Tree block = original_block();
  block.set("colour", "blue");
  const Plan plan = plan_of(with_block(block));
  ASSERT_EQ(plan.warnings.size(), 1u);
  EXPECT_NE(plan.warnings[0].find("canary.colour"), std::string::npos);
}

TEST(MakePlan, WhatThisVersionCannotDoYetIsAMistakeWhereverItStands) {
  int not_yet = 0;
  for (const Option& option : all_options()) {
    if (!option.not_yet) continue;
    SCOPED_TRACE(option.name);
    ++not_yet;
    const std::string said = ": not yet: this version cannot do it";
    const std::string name(option.name), variable = environment_name(option);
    EXPECT_EQ(first_mistake(with({{name, "1"}})), "--" + name + said);
    Sources sources = with({});
    sources.environment[variable] = "1";
    EXPECT_EQ(first_mistake(sources), "$" + variable + said);
    if (option.key.empty()) continue;
    std::string pointer = "/" + std::string(option.key);
    std::ranges::replace(pointer, '.', '/');
    Tree block = original_block();
    block.set_at(pointer, "1");
    EXPECT_EQ(first_mistake(with_block(block)),
              "values.yaml: canary." + std::string(option.key) + said);
  }
  EXPECT_GT(not_yet, 10);
}

TEST(MakePlan, WhatNobodyObeysIsAMistakeNotAPromise) {
  EXPECT_EQ(first_mistake(with({{"wait", "true"}})), "");
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{
           {"wait", "false"}, {"on-unfinished", "abort"}, {"strategy", "ratio"}}) {
    EXPECT_TRUE(has_mistake(with({{option, value}}), "--" + option)) << option;
  }
}

TEST(MakePlan, TheThresholdJudgesUnlessSomebodySaysOtherwise) {
  EXPECT_EQ(plan_of(with({})).limits.judge, JudgeRule::threshold);
  EXPECT_EQ(plan_of(with({{"judge", "threshold"}})), plan_of(with({})));
  EXPECT_EQ(first_mistake(with({{"judge", "kayenta"}})),
            "--judge: 'kayenta' is none of threshold|sequential");
}

TEST(MakePlan, TheSequentialJudgeIsSetByFlagsAndByTheBlock) {
  const Limits plain = plan_of(with({{"judge", "sequential"}})).limits;
  EXPECT_EQ(plain.judge, JudgeRule::sequential);
  EXPECT_EQ(plain.tolerance_factor, 1.1);
  EXPECT_EQ(plain.tolerance_points, 0.1);
  EXPECT_EQ(plain.false_alarm_percent, 1);
  EXPECT_EQ(plain.persist, 0U);
  EXPECT_EQ(plain.warm_up, seconds(60));
  const Limits set = plan_of(with({{"judge", "sequential"},
                                   {"tolerance", "1.25x+0.5pp"},
                                   {"false-alarm", "0.5"},
                                   {"persist", "4"},
                                   {"warm-up", "90"}}))
                         .limits;
  EXPECT_EQ(set.tolerance_factor, 1.25);
  EXPECT_EQ(set.tolerance_points, 0.5);
  EXPECT_EQ(set.false_alarm_percent, 0.5);
  EXPECT_EQ(set.persist, 4U);
  EXPECT_EQ(set.warm_up, seconds(90));
  Tree block = original_block();
  block.set_at("/analysis/judge", "sequential");
  block.set_at("/analysis/persist", 5);
  block.set_at("/analysis/warmUp", "2m");
  block.set_at("/analysis/falseAlarm", 2);
  block.set_at("/analysis/tolerance", "0.2pp");
  const Limits of_block = plan_of(with_block(block)).limits;
  EXPECT_EQ(of_block.persist, 5U);
  EXPECT_EQ(of_block.warm_up, minutes(2));
  EXPECT_EQ(of_block.false_alarm_percent, 2);
  EXPECT_EQ(of_block.tolerance_factor, 1);
  EXPECT_EQ(of_block.tolerance_points, 0.2);
}

TEST(MakePlan, AToleranceIsAFactorPointsOrBoth) {
  const auto tolerance = [](const std::string& text) {
    const Limits limits = plan_of(with({{"judge", "sequential"}, {"tolerance", text}})).limits;
    return std::pair(limits.tolerance_factor, limits.tolerance_points);
  };
  EXPECT_EQ(tolerance("1.2x"), std::pair(1.2, 0.0));
  EXPECT_EQ(tolerance("0.5pp"), std::pair(1.0, 0.5));
  EXPECT_EQ(tolerance("0.5pp+1.2x"), std::pair(1.2, 0.5));
  for (const char* wrong : {"", "1.2", "x", "pp", "0.9x", "-1x", "1.2x+", "+1x", "1.2x+0.1pp+1pp",
                            "1.2x+1.3x", "1e3x", "1.2x 0.1pp", "100pp", "1mx", "nanx"}) {
    EXPECT_EQ(first_mistake(with({{"judge", "sequential"}, {"tolerance", wrong}})),
              "--tolerance: '" + std::string(wrong) +
                  "' is no tolerance such as 1.1x+0.1pp, 1.2x or 0.5pp");
  }
}

TEST(MakePlan, WhatTheSequentialJudgeCannotHoldIsAMistake) {
  const auto mistake = [](const std::string& option, const std::string& value) {
    return first_mistake(with({{"judge", "sequential"}, {option, value}}));
  };
  EXPECT_EQ(mistake("health-threshold", "100"),
            "--health-threshold: the sequential judge can hold a limit of 10 to 99.9999 percent");
  EXPECT_EQ(mistake("health-threshold", "5"),
            "--health-threshold: the sequential judge can hold a limit of 10 to 99.9999 percent");
  for (const char* chance : {"0", "21"}) {
    EXPECT_EQ(mistake("false-alarm", chance),
              "--false-alarm: the chance must be above 0 and at most 20 percent");
  }
  for (const char* count : {"0", "1", "13"})
    EXPECT_EQ(mistake("persist", count), "--persist: 2 to 12 intervals can agree");
}

TEST(MakePlan, WhatOnlyTheSequentialJudgeHasIsAMistakeWithoutIt) {
  for (const auto& [option, value] :
       Flags{{"tolerance", "1.2x"}, {"false-alarm", "2"}, {"persist", "3"}, {"warm-up", "10"}}) {
    EXPECT_EQ(first_mistake(with({{option, value}})),
              "--" + option + ": the threshold judge has none; it needs --judge=sequential");
  }
}

TEST(MakePlan, TheSequentialJudgeMayTakeTheTimeTwice) {
  EXPECT_EQ(plan_of(with({{"judge", "sequential"}})).timing.timeout, minutes(35));
  EXPECT_EQ(plan_of(with({})).timing.timeout, minutes(25));
}

TEST(MakePlan, FormsOfOutputThatNobodyKnowsAreMistakes) {
  EXPECT_EQ(first_mistake(with({{"output", "xml"}})),
            "--output: 'xml' is none of table|wide|json|yaml|name|markdown|jsonpath=TEMPLATE");
  EXPECT_EQ(
      first_mistake(with({{"output", "jsonpath="}})),
      "--output: 'jsonpath=' is none of table|wide|json|yaml|name|markdown|jsonpath=TEMPLATE");
  EXPECT_EQ(first_mistake(with({{"color", "blue"}})),
            "--color: 'blue' is none of auto|always|never");
  EXPECT_EQ(first_mistake(with({{"log-format", ""}})), "--log-format: '' is none of text|json");
  plan_of(with({{"output", "json"}, {"color", "never"}, {"log-format", "json"}}));
  plan_of(with({{"output", "jsonpath={.end}"}}));
}

TEST(MakePlan, AnEmptyListOfServicesInTheChartIsNeverHealthy) {
  Tree block = original_block();
  block.set("services", Tree::list());
  EXPECT_NE(first_mistake(with_block(block)).find("never healthy"), std::string::npos);
}

TEST(MakePlan, ACanaryNeedsATag) {
  Sources sources = with({});
  sources.flags.pop_back();
  EXPECT_TRUE(has_mistake(sources, "--tag"));
}

TEST(MakePlan, OneHundredPercentSuccessWarns) {
  EXPECT_EQ(plan_of(with({{"health-threshold", "100"}})).warnings.size(), 1u);
}

TEST(MakePlan, TheOrderOfValueInputsIsKept) {
  const Plan plan = plan_of(with({{"set", "a=1"}, {"values", "x.yaml"}, {"set-string", "b=2"}}));
  ASSERT_EQ(plan.inputs.values.size(), 3u);
  EXPECT_EQ(plan.inputs.values[0].kind, ValueInput::Kind::set);
  EXPECT_EQ(plan.inputs.values[1].text, "x.yaml");
  EXPECT_EQ(plan.inputs.values[2].kind, ValueInput::Kind::set_string);
}

}  // namespace
}  // namespace kai::core
