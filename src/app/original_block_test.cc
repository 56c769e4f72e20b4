// The `canary:` block of the original chart, key by key, from the chart that we ship to what is
// decided: changing a key changes the plan and, where it steers a decision, the decision.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/commands/commands.h"
#include "app/config_sources.h"
#include "app/flags.h"
#include "codec/yaml.h"
#include "core/judge/sentence.h"
#include "core/plan/make_plan.h"
#include "core/plan/plan_tree.h"
#include "core/rollout/advance.h"
#include "engine/plans.h"
#include "tests/fakes/test_app.h"

namespace kai::app {
namespace {

using std::chrono::seconds;

Tree shipped_values() {
  std::ifstream file(std::string(KAI_SOURCE_DIR) + "/helm-charts/kai/values.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto values = codec::parse_yaml(text);
  EXPECT_TRUE(values.has_value()) << (values ? "" : values.error().message);
  return values.value_or(Tree::map());
}

const std::vector<std::string> canary_words{"helm-deploy", "--canary", "--tag=v1.2.3"};

// The chart as a person would have it on disk.
void add_chart(fakes::TestApp& test, const Tree& values) {
  test.disk.files["./helm-charts/kai/values.yaml"] = codec::write_yaml(values);
  test.disk.files["./helm-charts/kai/values-staging.yaml"] = "services: {}\n";
}

core::Plan plan_of(const Tree& values, const std::vector<std::string>& words = canary_words) {
  fakes::TestApp test;
  add_chart(test, values);
  const auto arguments = parse_arguments(words);
  const auto read = read_sources(test.app, *arguments, helm_deploy_defaults(test.app), true);
  EXPECT_TRUE(read.has_value());
  const auto plan = core::make_plan(read->sources);
  EXPECT_TRUE(plan.has_value()) << (plan ? "" : plan.error().front().message);
  return plan.value_or(core::Plan{});
}

// A rollout of the plan's services on a world that does all it is asked, at one second per tick.
class Story {
 public:
  // Of 1000 requests per check and service: how many fail, and how long 10 % of them take.
  struct Traffic {
    std::uint64_t requests = 1000;
    std::uint64_t errors = 0;
    double slow_seconds = 0.01;
  };

  Story(const core::Plan& plan, Traffic traffic)
      : traffic_(traffic), judge_(make_judge(plan)), config_(config_of(plan)) {
    record_.rollout = "r1";
    record_.settled = false;
    record_.start_revision = 1;
    record_.plan = plan;
  }

  // Until the judging is over, or a day has passed. What a person would have seen.
  std::vector<std::string> tell() {
    for (int second = 0; second < 86'400 && is_judged(); ++second) tick();
    told_.push_back(record_.reason.code.empty() ? "?" : record_.reason.code);
    return std::move(told_);
  }
  [[nodiscard]] const core::Record& record() const { return record_; }

 private:
  static core::JudgeConfig config_of(const core::Plan& plan) {
    ports::WorkloadPlan workload;
    ports::MetricPlan metrics;
    for (const core::CriticalService& service : plan.services) {
      workload.services.push_back({.name = service.name});
      metrics.edges.push_back({0.1, 0.25, 0.5, 1.0});
    }
    return engine::judge_config(plan, engine::pack(workload), engine::pack(metrics));
  }
  static core::Judge make_judge(const core::Plan& plan) {
    auto judge = core::Judge::create(config_of(plan));
    EXPECT_TRUE(judge.has_value());
    return std::move(*judge);
  }

  [[nodiscard]] bool is_judged() const { return record_.phase == core::Phase::progressing; }

  void tick() {
    core::Observation seen{.elapsed = seconds(1), .credited = seconds(1), .durable = true};
    const bool attached = record_.route_touched;
    seen.route = core::RouteSeen{.state = core::RouteSeen::State::applied,
                                 .attached = attached,
                                 .live = record_.authorised,
                                 .live_min = record_.authorised};
    seen.workload = core::WorkloadSeen{};
    seen.workload->canary = {.wanted = 1, .ready = true, .carries = core::Weight::full()};
    seen.workload->stable = seen.workload->canary;
    seen.release = core::ReleaseSeen{};
    seen.evidence = {.state = core::EvidenceSeen::State::fresh, .arms_apart = true};
    since_check_ =
        record_.stage == core::Stage::bake ? since_check_ + seconds(1) : Duration::zero();
    if (since_check_ >= record_.plan.timing.interval) check(seen);
    const core::Weight before = record_.authorised;
    record_ = core::advance(std::move(record_), seen);
    if (record_.authorised != before) told_.push_back(format_weight(record_.authorised));
  }

  void check(core::Observation& seen) {
    since_check_ = Duration::zero();
    const core::ArmCounts counts{.requests = traffic_.requests,
                                 .errors = traffic_.errors,
                                 .timed = traffic_.requests,
                                 .slower = slower()};
    const core::Frame frame{.sequence = ++sequence_,
                            .span = record_.plan.timing.interval,
                            .ask = core::wanted(record_).ask,
                            .services = {config_.services.size(), {counts, counts}}};
    seen.evidence.verdict = judge_.observe(frame);
    seen.evidence.sentence = core::sentence_of(*seen.evidence.verdict, config_);
    ++checks;
  }

  [[nodiscard]] std::vector<std::uint64_t> slower() const {
    std::vector<std::uint64_t> all;
    for (const double edge : {0.1, 0.25, 0.5, 1.0})
      all.push_back(traffic_.slow_seconds > edge ? traffic_.requests / 10 : 0);
    return all;
  }

  Traffic traffic_;
  core::Judge judge_;
  core::JudgeConfig config_;
  core::Record record_;
  std::vector<std::string> told_;
  Duration since_check_{0};
  std::uint64_t sequence_ = 0;

 public:
  int checks = 0;
};

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

std::string story(const core::Plan& plan, Story::Traffic traffic = {}) {
  return joined(Story(plan, traffic).tell());
}

std::string checks(const core::Plan& plan) {
  Story told(plan, {});
  static_cast<void>(told.tell());
  return std::to_string(told.checks) + " checks";
}

std::string sentence(const core::Plan& plan) {
  Story told(plan, {.errors = 200});
  static_cast<void>(told.tell());
  return told.record().reason.sentence;
}

// The exit code of a start that ends before any cluster is asked for.
std::string code(const core::Plan& plan) {
  return !plan.canary ? "plain upgrade" : plan.metrics.enabled ? "canary" : "cannot measure";
}

// What is routed and asked for: read by the edges, tested there against it.
std::string service_of(const core::Plan& plan) {
  const core::CriticalService& first = plan.services.at(0);
  return first.name + ":" + std::to_string(first.port.value_or(0)) + first.path;
}

struct Key {
  std::string name;     // below `canary:`
  std::string pointer;  // into the values
  Tree value;           // another one
  std::function<std::string(const core::Plan&)> behaviour;
  std::string as_shipped;
  std::string changed;
  std::vector<std::string> words = canary_words;
};

std::vector<Key> keys() {
  const auto errors = [](const core::Plan& plan) { return story(plan, {.errors = 70}); };
  const auto slow = [](const core::Plan& plan) { return story(plan, {.slow_seconds = 0.4}); };
  const auto good = [](const core::Plan& plan) { return story(plan); };
  const std::string ladder = "10% 20% 30% 40% 50%";
  const std::string promoted = ladder + " 0% every_step_passed";
  return {
      {"enabled", "/enabled", true, code, "plain upgrade", "canary", {"helm-deploy", "--tag=v1"}},
      {"weight", "/weight", 20, good, promoted, "20% 30% 40% 50% 0% every_step_passed"},
      {"analysis.interval", "/analysis/interval", 60, checks, "26 checks", "16 checks"},
      {"analysis.maxWeight", "/analysis/maxWeight", 30, good, promoted,
       "10% 20% 30% 0% every_step_passed"},
      {"analysis.stepWeight", "/analysis/stepWeight", 20, good, promoted,
       "10% 30% 50% 0% every_step_passed"},
      {"analysis.threshold.success", "/analysis/threshold/success", 90, errors,
       "10% 0% below_success_threshold", promoted},
      {"analysis.threshold.latency", "/analysis/threshold/latency", 250, slow, promoted,
       "10% 0% above_latency_limit"},
      {"services[].name", "/services/0/name", "billing", sentence,
       "api-server: 80% success, limit 95% (200 of 1000 canary requests failed; old version 80%)",
       "billing: 80% success, limit 95% (200 of 1000 canary requests failed; old version 80%)"},
      {"services[].port", "/services/0/port", 8080, service_of, "api-server:80/health",
       "api-server:8080/health"},
      {"services[].path", "/services/0/path", "/ready", service_of, "api-server:80/health",
       "api-server:80/ready"},
      {"metrics.prometheus.enabled", "/metrics/prometheus/enabled", false, code, "canary",
       "cannot measure"},
      {"metrics.prometheus.address", "/metrics/prometheus/address", "https://prom.example",
       [](const core::Plan& plan) { return plan.metrics.address; },
       "http://prometheus-server.monitoring:9090", "https://prom.example"},
      {"autoPromote", "/autoPromote", false, good, promoted, ladder + " waits_for_promotion"},
      {"autoRollback", "/autoRollback", false, errors, "10% 0% below_success_threshold",
       "10% below_success_threshold"},
  };
}

// "analysis.threshold.success", "services[].name": the leaves of a block.
void add_leaves(const Tree& node, const std::string& name, std::set<std::string>& leaves) {
  if (const Tree::List* const items = node.as_list()) {
    for (const Tree& item : *items) add_leaves(item, name + "[]", leaves);
    return;
  }
  if (node.as_map() == nullptr) {
    leaves.insert(name);
    return;
  }
  for (const auto& [key, below] : *node.as_map())
    add_leaves(below, name.empty() ? key : name + "." + key, leaves);
}

TEST(OriginalBlock, EachKeyOfTheShippedChartHasARowHereAndEachRowIsInTheChart) {
  std::set<std::string> shipped, tested;
  add_leaves(*shipped_values().get("canary"), "", shipped);
  for (const Key& key : keys()) tested.insert(key.name);
  EXPECT_EQ(shipped, tested);
}

TEST(OriginalBlock, ChangingAKeyChangesThePlanAndWhatIsDecided) {
  for (const Key& key : keys()) {
    SCOPED_TRACE(key.name);
    Tree values = shipped_values();
    const core::Plan before = plan_of(values, key.words);
    values.set_at("/canary" + key.pointer, key.value);
    const core::Plan after = plan_of(values, key.words);
    EXPECT_NE(before, after);
    EXPECT_EQ(key.behaviour(before), key.as_shipped);
    EXPECT_EQ(key.behaviour(after), key.changed);
  }
}

TEST(OriginalBlock, WithoutPrometheusNothingIsStarted) {
  fakes::TestApp test;
  Tree values = shipped_values();
  values.set_at("/canary/metrics/prometheus/enabled", false);
  add_chart(test, values);
  EXPECT_EQ(run_helm_deploy(test.app, *parse_arguments(canary_words)), 6);
  EXPECT_NE(test.err.find("nothing could be measured"), std::string::npos) << test.err;
  EXPECT_TRUE(test.http.log().empty());
}

}  // namespace
}  // namespace kai::app
