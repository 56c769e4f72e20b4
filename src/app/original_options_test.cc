// The options of the original script, from the words of a command line to the plan: each row of the
// tables in docs/canary-deployments.md has one here, and acts as it says.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/config_sources.h"
#include "app/flags.h"
#include "base/time.h"
#include "core/plan/make_plan.h"
#include "tests/fakes/test_app.h"

namespace kai::app {
namespace {

using Words = std::vector<std::string>;
using Mistakes = std::vector<core::Mistake>;

// What a command line comes to.
struct Meaning {
  Arguments arguments;
  core::Plan plan;
};

void add_chart(fakes::FakeDisk& disk) {
  disk.files["./helm-charts/kai/values-staging.yaml"] = "services: {}\n";
  disk.files["./helm-charts/kai/values-production.yaml"] = "services: {}\n";
}

std::expected<core::Plan, Mistakes> plan_of(fakes::TestApp& test, const Arguments& arguments) {
  const auto read = read_sources(test.app, arguments, helm_deploy_defaults(test.app), true);
  if (!read) return std::unexpected(read.error());
  return core::make_plan(read->sources);
}

Meaning meaning_of(const Words& words, std::map<std::string, std::string> environment = {}) {
  fakes::TestApp test;
  test.app.environment = std::move(environment);
  add_chart(test.disk);
  Words argv{"helm-deploy"};
  std::ranges::copy(words, std::back_inserter(argv));
  Meaning meaning;
  const auto arguments = parse_arguments(argv);
  EXPECT_TRUE(arguments.has_value()) << (arguments ? "" : arguments.error().front());
  if (!arguments) return meaning;
  meaning.arguments = *arguments;
  if (arguments->help) return meaning;
  const auto plan = plan_of(test, *arguments);
  EXPECT_TRUE(plan.has_value()) << (plan ? ""
                                         : plan.error().front().where + ": " +
                                               plan.error().front().message);
  meaning.plan = plan.value_or(core::Plan{});
  return meaning;
}

std::string flag_of(const Meaning& meaning, const std::string& name) {
  for (const auto& [flag, value] : meaning.arguments.flags) {
    if (flag == name) return value.empty() ? "(newest good)" : value;
  }
  return "";
}

std::string names_of(const core::Plan& plan) {
  std::string names;
  for (const auto& service : plan.services) names += (names.empty() ? "" : ",") + service.name;
  return names;
}

// One option: how the manual spells it and its default, a value, and what the plan then says.
struct Row {
  std::string spelling;
  std::string documented;
  std::string value;  // empty: the option has none
  std::function<std::string(const Meaning&)> read;
  std::string by_default;
  std::string wanted;
  std::string variable = {};  // of the original script
};

std::vector<Row> rows() {
  return {
      {"--canary", "-", "", [](const Meaning& m) { return m.plan.canary ? "on" : "off"; }, "off",
       "on"},
      {"--canary-weight=<pct>", "10%", "20",
       [](const Meaning& m) { return format_weight(m.plan.steps.at(0).weight); }, "10%", "20%"},
      {"--canary-time=<min>", "10 minutes", "1.5",
       [](const Meaning& m) { return format_duration(m.plan.timing.canary_time); }, "10m00s",
       "1m30s"},
      {"--health-threshold=<pct>", "95%", "99.5%",
       [](const Meaning& m) { return std::to_string(m.plan.limits.success_percent_min); },
       "95.000000", "99.500000"},
      {"--critical-services=<svc>", "api-server,coordinator-service", "billing,cart",
       [](const Meaning& m) { return names_of(m.plan); }, "api-server,coordinator-service",
       "billing,cart"},
      {"--context=<context>", "`$KUBE_CONTEXT`, else the current one", "prod",
       [](const Meaning& m) { return m.plan.target.context; }, "", "prod", "KUBE_CONTEXT"},
      {"--env=<environment>", "`$ENVIRONMENT`, else staging", "production",
       [](const Meaning& m) { return m.plan.inputs.environment; }, "staging", "production",
       "ENVIRONMENT"},
      {"--tag=<tag>", "`$IMAGE_TAG`", "v1.2.3", [](const Meaning& m) { return m.plan.inputs.tag; },
       "", "v1.2.3", "IMAGE_TAG"},
      {"--registry=<url>", "`$REGISTRY_URL`, else not passed", "r.example:5000/x",
       [](const Meaning& m) { return m.plan.inputs.registry; }, "", "r.example:5000/x",
       "REGISTRY_URL"},
      {"--namespace=<namespace>",
       "`$NAMESPACE`, else `global.namespace` of the values, else the context's", "shop",
       [](const Meaning& m) { return m.plan.target.name_space; }, "", "shop", "NAMESPACE"},
      {"--release=<name>", "kai", "other", [](const Meaning& m) { return m.plan.target.release; },
       "kai", "other"},
      {"--dry-run[=client\\|server]", "-", "client",
       [](const Meaning& m) { return flag_of(m, "dry-run"); }, "", "client"},
      {"--rollback[=<revision>]", "-", "3", [](const Meaning& m) { return flag_of(m, "rollback"); },
       "", "3"},
      {"--list-releases", "-", "", [](const Meaning& m) { return flag_of(m, "list-releases"); }, "",
       "true"},
      {"--list-versions", "-", "", [](const Meaning& m) { return flag_of(m, "list-versions"); }, "",
       "true"},
      {"--help", "-", "", [](const Meaning& m) { return m.arguments.help ? "help" : ""; }, "",
       "help"},
  };
}

std::string flag(const Row& row) {
  return row.spelling.substr(0, row.spelling.find_first_of("=["));
}

// "| `--tag=<tag>` | words | default |" of the manual: the first and the third cell.
std::vector<std::pair<std::string, std::string>> documented_options() {
  std::ifstream file(std::string(KAI_SOURCE_DIR) + "/docs/canary-deployments.md");
  EXPECT_TRUE(file.is_open());
  std::vector<std::pair<std::string, std::string>> options;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `--")) continue;
    const std::size_t second = line.find(" | "), third = line.rfind(" | ");
    options.emplace_back(line.substr(3, second - 4),
                         line.substr(third + 3, line.size() - third - 5));
  }
  return options;
}

TEST(OriginalOptions, EachOptionOfTheManualHasARowHereAndEachRowIsInTheManual) {
  std::vector<std::pair<std::string, std::string>> tested;
  for (const Row& row : rows()) tested.emplace_back(row.spelling, row.documented);
  EXPECT_EQ(documented_options(), tested);
}

TEST(OriginalOptions, NothingGivenIsTheDefaultOfTheOriginalScript) {
  const Meaning nothing = meaning_of({});
  for (const Row& row : rows()) EXPECT_EQ(row.read(nothing), row.by_default) << row.spelling;
}

TEST(OriginalOptions, EachOptionActsInBothSpellings) {
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.spelling);
    if (row.value.empty()) {
      EXPECT_EQ(row.read(meaning_of({flag(row)}, {{"IMAGE_TAG", "v1"}})), row.wanted);
      continue;
    }
    EXPECT_EQ(row.read(meaning_of({flag(row) + "=" + row.value})), row.wanted);
    EXPECT_EQ(row.read(meaning_of({flag(row), row.value})), row.wanted);
  }
}

TEST(OriginalOptions, EachVariableOfTheOriginalScriptActsAndOursIsStronger) {
  for (const Row& row : rows()) {
    if (row.variable.empty()) continue;
    SCOPED_TRACE(row.variable);
    EXPECT_EQ(row.read(meaning_of({}, {{row.variable, row.value}})), row.wanted);
    std::string ours = "KAI_CANARY_" + flag(row).substr(2);
    std::ranges::transform(ours, ours.begin(), [](char c) { return std::toupper(c); });
    EXPECT_EQ(row.read(meaning_of({}, {{row.variable, "staging"}, {ours, row.value}})), row.wanted);
  }
}

TEST(OriginalOptions, ABareDryRunAsksTheServerAndABareRollbackIsTheNewestGoodRevision) {
  EXPECT_EQ(flag_of(meaning_of({"--dry-run"}), "dry-run"), "server");
  EXPECT_EQ(flag_of(meaning_of({"--dry-run", "--canary", "--tag=v1"}), "dry-run"), "server");
  EXPECT_EQ(flag_of(meaning_of({"--rollback"}), "rollback"), "(newest good)");
}

TEST(OriginalOptions, ABareDryRunDoesNotSwallowTheReleaseBehindIt) {
  const auto arguments = parse_arguments({"deploy", "--dry-run", "shop", "./chart"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(arguments->words, (Words{"shop", "./chart"}));
}

TEST(OriginalOptions, AnEmptyValueDoesNotSwallowTheOptionBehindIt) {
  const auto arguments = parse_arguments({"helm-deploy", "--critical-services=", "--release=shop"});
  ASSERT_TRUE(arguments.has_value());
  const std::vector<std::pair<std::string, std::string>> flags{{"critical-services", ""},
                                                               {"release", "shop"}};
  EXPECT_EQ(arguments->flags, flags);
}

TEST(OriginalOptions, TheNamespaceOfTheValuesCountsWhenNobodyElseNamesOne) {
  fakes::TestApp test;
  add_chart(test.disk);
  test.disk.files["./helm-charts/kai/values.yaml"] = "global: {namespace: kai-base}\n";
  const auto arguments = parse_arguments({"helm-deploy"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(plan_of(test, *arguments)->target.name_space, "kai-base");
  test.disk.files["./helm-charts/kai/values-staging.yaml"] = "global: {namespace: kai-staging}\n";
  EXPECT_EQ(plan_of(test, *arguments)->target.name_space, "kai-staging");
}

TEST(OriginalOptions, EveryMistakeIsToldAtOnceWithItsFlagOrFileAndLine) {
  fakes::TestApp test;
  add_chart(test.disk);
  test.disk.files["./helm-charts/kai/values.yaml"] =
      "canary:\n"
      "  weight: ten\n"
      "  analysis:\n"
      "    interval: soon\n"
      "    threshold:\n"
      "      latency: fast\n"
      "  autoPromote: perhaps\n";
  test.disk.files["./helm-charts/.kai-canary.yaml"] = "policy:\n  onFial: rollback\n";
  test.app.environment["NAMESPACE"] = "a_b";
  const auto arguments =
      parse_arguments({"helm-deploy", "--canary", "--tag=latest", "--health-threshold=101",
                       "--critical-services=", "--release=Kai", "--canary-time=0"});
  ASSERT_TRUE(arguments.has_value());
  const auto plan = plan_of(test, *arguments);
  ASSERT_FALSE(plan.has_value());
  std::vector<std::string> places;
  for (const core::Mistake& mistake : plan.error()) places.push_back(mistake.where);
  std::ranges::sort(places);
  EXPECT_EQ(places, (std::vector<std::string>{
                        "$NAMESPACE", "--canary-time", "--critical-services", "--health-threshold",
                        "--release", "--tag", "./helm-charts/.kai-canary.yaml:2: policy.onFial",
                        "./helm-charts/kai/values.yaml:2: canary.weight",
                        "./helm-charts/kai/values.yaml:4: canary.analysis.interval",
                        "./helm-charts/kai/values.yaml:6: canary.analysis.threshold.latency",
                        "./helm-charts/kai/values.yaml:7: canary.autoPromote"}));
}

TEST(OriginalOptions, TheSeedsFirstExampleOnAChartWithoutABlockIsTenPercentForTenMinutes) {
  const Meaning basic = meaning_of(
      {"--context=kai-production-cluster", "--env=production", "--canary", "--tag=v1.2.3"});
  EXPECT_EQ(format_weight(basic.plan.steps.at(0).weight), "10%");
  EXPECT_EQ(basic.plan.steps.size(), 1U);
  EXPECT_EQ(format_duration(basic.plan.steps.at(0).bake_time), "10m00s");
  EXPECT_EQ(format_duration(basic.plan.timing.interval), "30s");
}

}  // namespace
}  // namespace kai::app
