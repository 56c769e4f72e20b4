#include "core/plan/service_file.h"
#include "core/plan/local_options.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "core/plan/local_tree.h"
#include "core/plan/make_plan.h"
#include "core/plan/plan_tree.h"

namespace kai::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Tree words(std::initializer_list<const char*> all) {
  Tree list = Tree::list();
  for (const char* const word : all) list.push_back(word);
  return list;
}

Tree smallest() {
  Tree service(Tree::Map{{"name", "api"}, {"listen", "0.0.0.0:8080"}});
  service.set("run", words({"./releases/{tag}/api", "--port={port}"}));
  Tree file(Tree::Map{{"release", "shop"}});
  file.set("services", Tree::list()).push_back(std::move(service));
  return file;
}

// Sources as the program makes them of a file and flags.
Sources sources_of(Tree tree, std::vector<std::pair<std::string, std::string>> flags = {}) {
  flags.insert(flags.begin(), {{"canary", "true"}, {"tag", "v2"}});
  ServiceFile file{.path = "kai.yaml", .directory = "/srv/shop", .tree = std::move(tree)};
  Sources sources{.flags = std::move(flags),
                  .environment = {},
                  .configs = {canary_block_of(file)},
                  .defaults = {}};
  sources.service_file = std::move(file);
  return sources;
}

Plan plan_of(const Sources& sources) {
  const auto plan = make_plan(sources);
  EXPECT_TRUE(plan.has_value()) << (plan ? ""
                                         : plan.error().front().where + ": " +
                                               plan.error().front().message);
  return plan.value_or(Plan{});
}

std::vector<std::string> mistakes_of(const Sources& sources) {
  const auto plan = make_plan(sources);
  std::vector<std::string> texts;
  if (plan) return texts;
  for (const Mistake& mistake : plan.error())
    texts.push_back(mistake.where + ": " + mistake.message);
  return texts;
}

std::string only_mistake(Tree tree) {
  const auto mistakes = mistakes_of(sources_of(std::move(tree)));
  EXPECT_EQ(mistakes.size(), 1U);
  return mistakes.empty() ? "" : mistakes.front();
}

TEST(ServiceFileTest, WhatIsLeftOutHasTheDefaultsOfTheManual) {
  const Plan plan = plan_of(sources_of(smallest()));
  ASSERT_TRUE(plan.local.has_value());
  ASSERT_EQ(plan.local->services.size(), 1U);
  const LocalService& service = plan.local->services[0];
  EXPECT_EQ(service.name, "api");
  EXPECT_EQ(service.path_prefix, "/");
  EXPECT_EQ(service.host, "");
  EXPECT_EQ(service.instances, 1U);
  EXPECT_EQ(service.health_path, "/health");
  EXPECT_EQ(service.healthy_within, seconds(30));
  EXPECT_EQ(service.stop_signal, 15);
  EXPECT_EQ(service.stop_within, seconds(30));
  EXPECT_EQ(plan.local->port_first, 20000);
  EXPECT_EQ(plan.local->port_last, 29999);
  EXPECT_EQ(plan.target.release, "shop");
  EXPECT_EQ(plan.target.name_space, "local");
  EXPECT_EQ(plan.inputs.tag, "v2");
}

TEST(ServiceFileTest, EveryFieldIsReadAndComesBackFromTheRecord) {
  Tree file = smallest();
  Tree& service = *file.at("/services/0");
  service.set_at("/match/host", "*.example.com");
  service.set_at("/match/path_prefix", "/api");
  service.set("instances", 3);
  service.set_at("/health/path", "/up");
  service.set_at("/health/within", "1m30s");
  service.set_at("/stop/signal", "SIGINT");
  service.set_at("/stop/within", 5);
  service.set_at("/env/LOG_LEVEL", "info");
  service.set_at("/env/WORKERS", 4);
  service.set_at("/env/NAME", "{tag}-{instance}");
  file.set_at("/ports/first", 31000);
  file.set_at("/ports/last", 31999);
  file.set_at("/canary/weight", 25);
  file.set_at("/canary/analysis/threshold/latency", 500);
  const Plan plan = plan_of(sources_of(std::move(file)));
  const LocalService& read = plan.local->services[0];
  EXPECT_EQ(read.host, "*.example.com");
  EXPECT_EQ(read.path_prefix, "/api");
  EXPECT_EQ(read.instances, 3U);
  EXPECT_EQ(read.health_path, "/up");
  EXPECT_EQ(read.healthy_within, seconds(90));
  EXPECT_EQ(read.stop_signal, 2);
  EXPECT_EQ(read.stop_within, seconds(5));
  EXPECT_EQ(read.environment.at("LOG_LEVEL"), "info");
  EXPECT_EQ(read.environment.at("WORKERS"), "4");
  EXPECT_EQ(read.environment.at("NAME"), "{tag}-{instance}");
  EXPECT_EQ(plan.steps.front().weight, Weight::from_hundredths(2500));
  EXPECT_EQ(plan.limits.latency_max, milliseconds(500));
  ASSERT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.services[0].path, "/up");
  const auto back = plan_from(to_tree(plan));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, plan);
}

TEST(ServiceFileTest, APlanOfAClusterHasNoneAndComesBackWithoutIt) {
  const Sources sources{.flags = {{"canary", "true"}, {"tag", "v2"}},
                        .environment = {},
                        .configs = {},
                        .defaults = {{"release", "kai"}}};
  const Plan plan = plan_of(sources);
  EXPECT_FALSE(plan.local.has_value());
  EXPECT_EQ(to_tree(plan).get("local"), nullptr);
  EXPECT_EQ(*plan_from(to_tree(plan)), plan);
}

TEST(ServiceFileTest, ADamagedOneInARecordIsMalformed) {
  const Plan plan = plan_of(sources_of(smallest()));
  for (const auto& [pointer, value] :
       std::initializer_list<std::pair<const char*, Tree>>{{"/services", Tree::list()},
                                                           {"/services/0/run", Tree::list()},
                                                           {"/services/0/instances", 0},
                                                           {"/services/0/instances", 65},
                                                           {"/services/0/stopSignal", 0},
                                                           {"/portFirst", 70000},
                                                           {"/portLast", -1},
                                                           {"/services/0/environment", "x"}}) {
    Tree tree = local_tree(*plan.local);
    tree.set_at(pointer, value);
    const auto back = local_from(tree);
    ASSERT_FALSE(back.has_value()) << pointer;
    EXPECT_EQ(back.error().kind, ErrorKind::malformed) << pointer;
  }
}

TEST(ServiceFileTest, AProgramInAFolderIsFoundFromTheFilesFolder) {
  const auto program = [](const char* word) {
    Tree file = smallest();
    file.set_at("/services/0/run/0", word);
    return plan_of(sources_of(std::move(file))).local->services[0].run[0];
  };
  EXPECT_EQ(program("./releases/{tag}/api"), "/srv/shop/releases/{tag}/api");
  EXPECT_EQ(program("../{tag}/api"), "/srv/shop/../{tag}/api");
  EXPECT_EQ(program("{tag}/api"), "/srv/shop/{tag}/api");
  EXPECT_EQ(program("/opt/{tag}/api"), "/opt/{tag}/api");
  EXPECT_EQ(program("api-{tag}"), "api-{tag}") << "a name is looked up in PATH";
}

TEST(ServiceFileTest, AllMistakesAreToldAtOnceWithTheirPlace) {
  Tree file = smallest();
  file.erase("release");
  Tree& service = *file.at("/services/0");
  service.set_line(3);
  service.set("listen", "8080").set_line(5);
  service.set("instances", 0).set_line(6);
  service.set("helth", Tree::map()).set_line(7);
  service.set_at("/stop/signal", "KILL").set_line(8);
  service.set_at("/match/path_prefix", "api").set_line(9);
  const auto mistakes = mistakes_of(sources_of(std::move(file)));
  const auto has = [&](const std::string& text) {
    return std::ranges::find(mistakes, text) != mistakes.end();
  };
  EXPECT_EQ(mistakes.size(), 6U);
  EXPECT_TRUE(has("kai.yaml: release: is missing: the name of the release"));
  EXPECT_TRUE(
      has("kai.yaml:5: services[0].listen: '8080' is no address with a port, such as "
          "0.0.0.0:8080 or [::]:8080"));
  EXPECT_TRUE(has("kai.yaml:6: services[0].instances: is no whole number from 1 to 64"));
  EXPECT_TRUE(has("kai.yaml:7: services[0].helth: no such key; did you mean health?"));
  EXPECT_TRUE(has("kai.yaml:8: services[0].stop.signal: 'KILL' is none of TERM, INT, QUIT, HUP"));
  EXPECT_TRUE(
      has("kai.yaml:9: services[0].match.path_prefix: 'api' does not begin with /, or has "
          "a character that no path has"));
  for (const std::string& mistake : mistakes) SCOPED_TRACE(mistake);
}

TEST(ServiceFileTest, WrongValuesAreMistakesAndNotTakenForOthers) {
  const std::tuple<const char*, Tree, const char*> wrong[] = {
      {"/services/0/run", "./api --port={port} {tag}", "nothing goes through a shell"},
      {"/services/0/run", Tree::list(), "nothing goes through a shell"},
      {"/services/0/run", words({"", "{port}", "{tag}"}), "names no program"},
      {"/services/0/run", words({"./{tag}/api"}), "neither run nor env names {port}"},
      {"/services/0/run", words({"./api", "{port}"}), "neither run nor env names {tag}"},
      {"/services/0/run", words({"./{tag}/api", "{port}", "{ports}"}), "did you mean {port}?"},
      {"/services/0/name", "Api", "is no name"},
      {"/services/0/name", 5, "is no text"},
      {"/services/0/listen", "localhost:80", "is no address"},
      {"/services/0/listen", "0.0.0.0:0", "is no address"},
      {"/services/0/listen", "0.0.0.0:70000", "is no address"},
      {"/services/0/listen", "[::1:80", "is no address"},
      {"/services/0/instances", 1.5, "is no whole number"},
      {"/services/0/instances", 65, "is no whole number"},
      {"/services/0/health", "/health", "is no map of path and within"},
      {"/services/0/health/within", "0s", "is no time"},
      {"/services/0/health/within", "soon", "is no time"},
      {"/services/0/stop/within", "2h", "is no time"},
      {"/services/0/match/host", "a/b", "is no host name"},
      {"/services/0/match/path_prefix", "/a b", "does not begin with /"},
      {"/services/0/env", words({"A=1"}), "is no map of names"},
      {"/services/0/env/1A", "x", "is no name of a variable"},
      {"/services/0/env/A", Tree::list(), "is no text, number"},
      {"/services", Tree::map(), "is no list with a service in it"},
      {"/services", Tree::list(), "is no list with a service in it"},
      {"/services/0", "api", "is no map of name, listen and run"},
      {"/canary", "10%", "is no map of settings"},
      {"/canary/wieght", 10, "did you mean weight?"},
      {"/canary/weight", 120, "is no percentage"},
      {"/ports/last", 20001, "are too few for three versions"},
      {"/ports/first", 80, "is no whole number from 1024"},
      {"/release", "Shop", "is no release name"},
      {"/release", "../shop", "is no release name"},
      {"/relaese", "shop", "did you mean release?"},
  };
  for (const auto& [pointer, value, message] : wrong) {
    Tree file = smallest();
    file.set_at(pointer, value);
    const auto mistakes = mistakes_of(sources_of(std::move(file)));
    EXPECT_TRUE(std::ranges::any_of(
        mistakes, [&](const std::string& text) { return text.find(message) != text.npos; }))
        << pointer << ": " << (mistakes.empty() ? "no mistake" : mistakes.front());
  }
  EXPECT_EQ(only_mistake(Tree("shop")).substr(0, 10), "kai.yaml: ") << "no map at all";
}

TEST(ServiceFileTest, MistakesComeOptionsFirstThenFromTheTopOfTheFile) {
  Tree file = smallest();
  file.set_at("/canary/wieght", 10).set_line(10);
  file.set_at("/services/0/listen", 8080).set_line(4);
  file.set_at("/relaese", "shop").set_line(2);
  file.set_at("/ports/first", 80).set_line(12);
  std::vector<std::string> places;
  for (const std::string& text : mistakes_of(sources_of(std::move(file), {{"context", "prod"}})))
    places.push_back(text.substr(0, text.find(": ")));
  EXPECT_EQ(places, (std::vector<std::string>{"--context", "kai.yaml:2", "kai.yaml:4", "kai.yaml:4",
                                              "kai.yaml:10", "kai.yaml:12"}));
}

TEST(ServiceFileTest, UnitsAreNotThereYetAndSayso) {
  Tree file = smallest();
  file.at("/services/0")->erase("run");
  file.set_at("/services/0/unit", "api@{tag}-{port}.service");
  EXPECT_NE(only_mistake(std::move(file)).find("services[0].unit: not yet"), std::string::npos);
}

TEST(ServiceFileTest, TwoServicesShareAnAddressButNoRequest) {
  Tree file = smallest();
  Tree second = *file.at("/services/0");
  second.set("name", "web");
  file.at("/services")->push_back(second);
  EXPECT_NE(only_mistake(file).find("services[1].match: takes the same requests as api"),
            std::string::npos);
  file.set_at("/services/1/listen", "0.0.0.0:8081");
  EXPECT_EQ(plan_of(sources_of(file)).services.size(), 2U) << "told apart by their address";
  file.set_at("/services/1/listen", "0.0.0.0:8080");
  file.set_at("/services/1/match/path_prefix", "/web");
  EXPECT_EQ(plan_of(sources_of(file)).services.size(), 2U);
  file.set_at("/services/1/name", "api");
  EXPECT_NE(only_mistake(file).find("'api' is there twice"), std::string::npos);
}

TEST(ServiceFileTest, OptionsOfAClusterAreMistakesAndItsKeysOfTheBlockWarnings) {
  Tree file = smallest();
  file.set_at("/canary/metrics/prometheus/address", "http://prometheus:9090").set_line(12);
  file.set_at("/canary/services", Tree::list()).push_back(Tree(Tree::Map{{"name", "api"}}));
  const Plan plan = plan_of(sources_of(file));
  ASSERT_EQ(plan.warnings.size(), 2U);
  EXPECT_EQ(plan.services.size(), 1U);
  EXPECT_EQ(plan.warnings[1],
            "kai.yaml:12: canary.metrics.prometheus.address: has no meaning on one machine "
            "(ignored)");
  for (const char* const option :
       {"context", "namespace", "chart", "values", "set", "prometheus", "helm-timeout", "env",
        "critical-services", "router", "kubeconfig", "release", "skip-check"}) {
    const auto mistakes = mistakes_of(sources_of(smallest(), {{option, "x"}}));
    const std::string wanted =
        std::string("--") + option + ": has no meaning on one machine (the service file kai.yaml)";
    EXPECT_EQ(std::ranges::count(mistakes, wanted), 1) << option;
  }
  Sources sources = sources_of(smallest());
  sources.environment = {{"KUBE_CONTEXT", "prod"}, {"NAMESPACE", "x"}, {"REGISTRY_URL", "y"}};
  EXPECT_TRUE(mistakes_of(sources).empty()) << "set for other programs";
}

// What is accepted and ignored looks like something that is obeyed.
TEST(ServiceFileTest, EveryOptionChangesThePlanOrIsRefused) {
  const std::map<std::string, std::string> values{{"canary-weight", "20"},
                                                  {"canary-time", "30"},
                                                  {"health-threshold", "99"},
                                                  {"tag", "v3"},
                                                  {"allow-mutable-tag", "true"},
                                                  {"step-weight", "10"},
                                                  {"max-weight", "40"},
                                                  {"steps", "5,50"},
                                                  {"interval", "10s"},
                                                  {"final-bake", "20s"},
                                                  {"timeout", "1h"},
                                                  {"ready-timeout", "1m"},
                                                  {"warm-up", "5s"},
                                                  {"latency-threshold", "500"},
                                                  {"judge", "threshold"},
                                                  {"tolerance", "1.5x"},
                                                  {"false-alarm", "5"},
                                                  {"persist", "4"},
                                                  {"on-fail", "freeze"},
                                                  {"on-inconclusive", "rollback"},
                                                  {"on-unknown", "hold"},
                                                  {"unknown-budget", "1m"},
                                                  {"first-install", "refuse"},
                                                  {"approve", "before-promotion"},
                                                  {"canary-replicas", "3"},
                                                  {"drain-timeout", "5s"},
                                                  {"allow-idle", "true"},
                                                  {"reason", "because"}};
  // Those of the command, not of its plan, and words with one meaning only.
  const std::set<std::string> others{
      "canary", "days",      "dry-run", "rollback", "list-releases", "list-versions", "platform",
      "file",   "state-dir", "yes",     "force",    "on-unfinished", "on-interrupt",  "strategy"};
  const std::vector<std::pair<std::string, std::string>> sequential{{"judge", "sequential"}};
  const Plan plain = plan_of(sources_of(smallest(), sequential));
  for (const Option& option : all_options()) {
    const std::string name(option.name);
    if (option.group == output_group || others.contains(name)) continue;
    const auto value = values.find(name);
    std::vector<std::pair<std::string, std::string>> flags{
        {name, value == values.end() ? "1" : value->second}};
    if (name != "judge") flags.push_back(sequential.front());
    if (name == "max-weight") flags.emplace_back("step-weight", "10");
    const auto plan = make_plan(sources_of(smallest(), flags));
    EXPECT_EQ(plan.has_value(), value != values.end()) << name;
    if (!plan) continue;
    EXPECT_NE(to_tree(*plan), to_tree(plain)) << name << " does nothing";
  }
}

TEST(ServiceFileTest, AFirstInstallIsWatchedBrieflyAndMayStayIdle) {
  Plan plan = plan_of(sources_of(smallest(), {{"interval", "2s"}, {"final-bake", "3s"}}));
  const Plan first = for_first_install(plan);
  EXPECT_EQ(first.timing.canary_time, seconds(4)) << "two intervals at least";
  EXPECT_TRUE(first.metrics.allow_idle);
  plan.timing.final_bake = seconds(60);
  EXPECT_EQ(for_first_install(plan).timing.canary_time, seconds(60));
  plan.local.reset();
  EXPECT_EQ(for_first_install(plan), plan) << "a cluster has its own";
}

TEST(ServiceFileTest, OptionsThatSteerACanaryHoldHereToo) {
  const Plan plan = plan_of(sources_of(smallest(), {{"steps", "5,50"},
                                                    {"canary-time", "2"},
                                                    {"interval", "2s"},
                                                    {"health-threshold", "99"},
                                                    {"latency-threshold", "250@p99"},
                                                    {"judge", "sequential"},
                                                    {"allow-idle", "true"},
                                                    {"reason", "because"}}));
  EXPECT_EQ(plan.steps.size(), 2U);
  EXPECT_EQ(plan.timing.interval, seconds(2));
  EXPECT_EQ(plan.limits.success_percent_min, 99);
  EXPECT_EQ(plan.limits.judge, JudgeRule::sequential);
  EXPECT_TRUE(plan.metrics.allow_idle);
  EXPECT_EQ(plan.reason, "because");
}

TEST(ServiceFileTest, WithoutATagOrACanaryThereIsNothingToDo) {
  Sources sources = sources_of(smallest());
  sources.flags = {{"canary", "true"}};
  EXPECT_EQ(mistakes_of(sources).size(), 1U);
  sources.flags = {{"canary", "false"}, {"tag", "v2"}};
  ASSERT_EQ(mistakes_of(sources).size(), 1U);
  EXPECT_NE(mistakes_of(sources)[0].find("--no-canary: not yet"), std::string::npos);
}

TEST(ServiceFileTest, ThePlatformOfThisMachineNeedsAFile) {
  const Sources sources{.flags = {{"canary", "true"}, {"tag", "v2"}, {"platform", "local"}},
                        .environment = {},
                        .configs = {},
                        .defaults = {{"release", "kai"}}};
  ASSERT_EQ(mistakes_of(sources).size(), 1U);
  EXPECT_NE(mistakes_of(sources)[0].find("needs its service file"), std::string::npos);
}

}  // namespace
}  // namespace kai::core
