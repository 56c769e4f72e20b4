#include "core/plan/plan_tree.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "base/tree_reader.h"
#include "core/plan/local_tree.h"

namespace kai::core {
namespace {

Tree texts(const std::vector<std::string>& list) {
  Tree tree = Tree::list();
  for (const std::string& text : list) tree.push_back(text);
  return tree;
}

std::vector<std::string> texts_in(TreeReader& reader, std::string_view key) {
  std::vector<std::string> texts;
  for (const Tree& item : reader.list(key)) {
    if (item.as_text() == nullptr) reader.mistake(key, "list of texts");
    texts.push_back(item.as_text() == nullptr ? "" : *item.as_text());
  }
  return texts;
}

std::int64_t nanoseconds(Duration duration) { return duration.count(); }

// Enumerators are stored as numbers: a plan is read back by the version that wrote it, or by a
// neighbour that only appends. A number out of range is malformed.
template <typename T>
T enumerator(TreeReader& reader, std::string_view key, T last) {
  const std::int64_t value = reader.whole(key);
  if (value < 0 || value > static_cast<std::int64_t>(last)) reader.mistake(key, "known value");
  return reader.is_good() ? static_cast<T>(value) : T{};
}

// No kubeconfig: who takes over uses their own, because nobody there checked what this one may run.
Tree target_tree(const Target& target) {
  return Tree(Tree::Map{
      {"release", target.release}, {"namespace", target.name_space}, {"context", target.context}});
}

Result<Target> target_from(const Tree& tree) {
  TreeReader reader(tree, "plan.target");
  Target target{.release = reader.text("release"),
                .name_space = reader.text("namespace"),
                .context = reader.text("context"),
                .kubeconfig = ""};
  if (!reader.is_good()) return std::unexpected(reader.error());
  return target;
}

Tree inputs_tree(const ChartInputs& inputs) {
  Tree values = Tree::list();
  for (const ValueInput& value : inputs.values) {
    values.push_back(
        Tree(Tree::Map{{"kind", static_cast<std::int64_t>(value.kind)}, {"text", value.text}}));
  }
  return Tree(Tree::Map{{"chart", inputs.chart},
                        {"chartVersion", inputs.chart_version},
                        {"environment", inputs.environment},
                        {"values", std::move(values)},
                        {"tag", inputs.tag},
                        {"tagKeys", texts(inputs.tag_keys)},
                        {"registry", inputs.registry},
                        {"registryKeys", texts(inputs.registry_keys)},
                        {"allowMutableTag", inputs.allow_mutable_tag},
                        {"allowNondeterministic", inputs.allow_nondeterministic}});
}

Result<ChartInputs> inputs_from(const Tree& tree) {
  TreeReader reader(tree, "plan.inputs");
  ChartInputs inputs{.chart = reader.text("chart"),
                     .chart_version = reader.text("chartVersion"),
                     .environment = reader.text("environment"),
                     .values = {},
                     .tag = reader.text("tag"),
                     .tag_keys = texts_in(reader, "tagKeys"),
                     .registry = reader.text("registry"),
                     .registry_keys = texts_in(reader, "registryKeys"),
                     .allow_mutable_tag = reader.yes_no("allowMutableTag"),
                     .allow_nondeterministic = reader.yes_no("allowNondeterministic")};
  for (const Tree& item : reader.list("values")) {
    TreeReader value(item, "plan.inputs.values");
    inputs.values.push_back({.kind = enumerator(value, "kind", ValueInput::Kind::set_json),
                             .text = value.text("text")});
    if (!value.is_good()) return std::unexpected(value.error());
  }
  if (!reader.is_good()) return std::unexpected(reader.error());
  return inputs;
}

Tree services_tree(const std::vector<CriticalService>& services) {
  Tree list = Tree::list();
  for (const CriticalService& service : services) {
    list.push_back(Tree(Tree::Map{{"name", service.name},
                                  {"port", std::int64_t{service.port.value_or(0)}},
                                  {"path", service.path}}));
  }
  return list;
}

Result<CriticalService> service_from(const Tree& tree) {
  TreeReader reader(tree, "plan.services");
  CriticalService service{.name = reader.text("name"), .port = {}, .path = reader.text("path")};
  const std::uint64_t port = reader.count("port");
  if (port > 65535) reader.mistake("port", "port");
  if (port > 0) service.port = static_cast<std::uint16_t>(port);
  if (!reader.is_good()) return std::unexpected(reader.error());
  return service;
}

Tree steps_tree(const std::vector<Step>& steps) {
  Tree list = Tree::list();
  for (const Step& step : steps) {
    list.push_back(Tree(Tree::Map{{"weight", std::int64_t{step.weight.hundredths()}},
                                  {"bakeTime", nanoseconds(step.bake_time)}}));
  }
  return list;
}

Result<Step> step_from(const Tree& tree) {
  TreeReader reader(tree, "plan.steps");
  const std::uint64_t weight = reader.count("weight");
  if (weight > Weight::hundredths_max) reader.mistake("weight", "weight");
  const Duration bake_time = reader.duration("bakeTime");
  if (!reader.is_good()) return std::unexpected(reader.error());
  return Step{.weight = Weight::from_hundredths(static_cast<std::int64_t>(weight)),
              .bake_time = bake_time};
}

Tree sequential_tree(const Limits& limits) {
  return Tree(Tree::Map{{"toleranceFactor", limits.tolerance_factor},
                        {"tolerancePoints", limits.tolerance_points},
                        {"falseAlarmPercent", limits.false_alarm_percent},
                        {"persist", std::int64_t{limits.persist}},
                        {"warmUp", nanoseconds(limits.warm_up)}});
}

// A plan that does not have it is judged by the threshold.
void read_sequential(TreeReader& parent, Limits& limits) {
  const Tree& tree = parent.any("sequential");
  if (tree.is_null()) return;
  TreeReader reader(tree, "plan.limits.sequential");
  limits.judge = JudgeRule::sequential;
  limits.tolerance_factor = reader.number("toleranceFactor");
  limits.tolerance_points = reader.number("tolerancePoints");
  limits.false_alarm_percent = reader.number("falseAlarmPercent");
  const std::uint64_t persist = reader.count("persist");
  if (persist > std::uint64_t{std::numeric_limits<std::int32_t>::max()})
    reader.mistake("persist", "number of intervals");
  limits.persist = reader.is_good() ? static_cast<std::uint32_t>(persist) : 0;
  limits.warm_up = reader.duration("warmUp");
  if (!reader.is_good()) parent.mistake("sequential", "settings of the sequential judge");
}

Tree limits_tree(const Limits& limits) {
  Tree tree(Tree::Map{{"successPercentMin", limits.success_percent_min},
                      {"latencyQuantile", limits.latency_quantile}});
  if (limits.latency_max) tree.set("latencyMax", nanoseconds(*limits.latency_max));
  if (limits.judge == JudgeRule::sequential) tree.set("sequential", sequential_tree(limits));
  return tree;
}

Result<Limits> limits_from(const Tree& tree) {
  TreeReader reader(tree, "plan.limits");
  Limits limits{.success_percent_min = reader.number("successPercentMin"),
                .latency_max = {},
                .latency_quantile = reader.number("latencyQuantile")};
  if (!reader.any("latencyMax").is_null()) limits.latency_max = reader.duration("latencyMax");
  read_sequential(reader, limits);
  if (!reader.is_good()) return std::unexpected(reader.error());
  return limits;
}

Tree policy_tree(const Policy& policy) {
  return Tree(Tree::Map{{"onFail", static_cast<std::int64_t>(policy.on_fail)},
                        {"onInconclusive", static_cast<std::int64_t>(policy.on_inconclusive)},
                        {"onUnknown", static_cast<std::int64_t>(policy.on_unknown)},
                        {"firstInstall", static_cast<std::int64_t>(policy.first_install)},
                        {"unknownBudget", nanoseconds(policy.unknown_budget)},
                        {"promoteByItself", policy.promote_by_itself}});
}

Result<Policy> policy_from(const Tree& tree) {
  TreeReader reader(tree, "plan.policy");
  Policy policy{.on_fail = enumerator(reader, "onFail", OnFail::freeze),
                .on_inconclusive = enumerator(reader, "onInconclusive", OnInconclusive::promote),
                .on_unknown = enumerator(reader, "onUnknown", OnUnknown::rollback),
                .first_install = enumerator(reader, "firstInstall", FirstInstall::refuse),
                .unknown_budget = reader.duration("unknownBudget"),
                .promote_by_itself = reader.yes_no("promoteByItself")};
  if (!reader.is_good()) return std::unexpected(reader.error());
  return policy;
}

Tree timing_tree(const Timing& timing) {
  return Tree(Tree::Map{{"interval", nanoseconds(timing.interval)},
                        {"canaryTime", nanoseconds(timing.canary_time)},
                        {"readyWithin", nanoseconds(timing.ready_within)},
                        {"appliedWithin", nanoseconds(timing.applied_within)},
                        {"finalBake", nanoseconds(timing.final_bake)},
                        {"drain", nanoseconds(timing.drain)},
                        {"helmTimeout", nanoseconds(timing.helm_timeout)},
                        {"timeout", nanoseconds(timing.timeout)}});
}

Result<Timing> timing_from(const Tree& tree) {
  TreeReader reader(tree, "plan.timing");
  Timing timing{.interval = reader.duration("interval"),
                .canary_time = reader.duration("canaryTime"),
                .ready_within = reader.duration("readyWithin"),
                .applied_within = reader.duration("appliedWithin"),
                .final_bake = reader.duration("finalBake"),
                .drain = reader.duration("drain"),
                .helm_timeout = reader.duration("helmTimeout"),
                .timeout = reader.duration("timeout")};
  if (!reader.is_good()) return std::unexpected(reader.error());
  return timing;
}

Tree metrics_tree(const MetricsInputs& metrics) {
  return Tree(Tree::Map{{"enabled", metrics.enabled},
                        {"address", metrics.address},
                        {"preset", metrics.preset},
                        {"allowIdle", metrics.allow_idle}});
}

Result<MetricsInputs> metrics_from(const Tree& tree) {
  TreeReader reader(tree, "plan.metrics");
  MetricsInputs metrics{.enabled = reader.yes_no("enabled"),
                        .address = reader.text("address"),
                        .preset = reader.text("preset"),
                        .allow_idle = reader.yes_no("allowIdle")};
  if (!reader.is_good()) return std::unexpected(reader.error());
  return metrics;
}

// Puts a part of the plan where it belongs; false, and the error kept, when it cannot be read.
template <typename T>
bool put(Result<T> part, T& into, std::optional<Error>& error) {
  if (part) {
    into = std::move(*part);
    return true;
  }
  if (!error) error = part.error();
  return false;
}

template <typename T>
void put_all(const Tree::List& items, Result<T> (*read)(const Tree&), std::vector<T>& into,
             std::optional<Error>& error) {
  for (const Tree& item : items) {
    T value;
    if (put(read(item), value, error)) into.push_back(std::move(value));
  }
}

}  // namespace

Tree to_tree(const Plan& plan) {
  Tree tree(Tree::Map{{"target", target_tree(plan.target)},
                      {"inputs", inputs_tree(plan.inputs)},
                      {"canary", plan.canary},
                      {"services", services_tree(plan.services)},
                      {"servicesAuto", plan.services_auto},
                      {"servicesByDefault", plan.services_by_default},
                      {"steps", steps_tree(plan.steps)},
                      {"canaryReplicas", std::int64_t{plan.canary_replicas}},
                      {"limits", limits_tree(plan.limits)},
                      {"policy", policy_tree(plan.policy)},
                      {"timing", timing_tree(plan.timing)},
                      {"metrics", metrics_tree(plan.metrics)},
                      {"skippedChecks", texts(plan.skipped_checks)},
                      {"reason", plan.reason},
                      {"warnings", texts(plan.warnings)}});
  if (plan.local) tree.set("local", local_tree(*plan.local));
  return tree;
}

Result<Plan> plan_from(const Tree& tree) {
  TreeReader reader(tree, "plan");
  Plan plan;
  std::optional<Error> error;
  put(target_from(reader.map("target")), plan.target, error);
  put(inputs_from(reader.map("inputs")), plan.inputs, error);
  plan.canary = reader.yes_no("canary");
  put_all(reader.list("services"), service_from, plan.services, error);
  plan.services_auto = reader.yes_no("servicesAuto");
  plan.services_by_default = reader.yes_no("servicesByDefault");
  put_all(reader.list("steps"), step_from, plan.steps, error);
  plan.canary_replicas = static_cast<std::uint32_t>(reader.count("canaryReplicas") & 0xffffffffU);
  put(limits_from(reader.map("limits")), plan.limits, error);
  put(policy_from(reader.map("policy")), plan.policy, error);
  put(timing_from(reader.map("timing")), plan.timing, error);
  put(metrics_from(reader.map("metrics")), plan.metrics, error);
  if (const Tree& local = reader.any("local"); !local.is_null())
    put(local_from(local), plan.local.emplace(), error);
  plan.skipped_checks = texts_in(reader, "skippedChecks");
  plan.reason = reader.text("reason");
  plan.warnings = texts_in(reader, "warnings");
  if (!reader.is_good()) return std::unexpected(reader.error());
  if (error) return std::unexpected(*error);
  return plan;
}

}  // namespace kai::core
