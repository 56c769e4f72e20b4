#include "edges/gateway_api/route_binding.h"

#include <limits>
#include <utility>

namespace kai::edges {
namespace {

constexpr std::string_view format = "gateway-api/1";

Tree pack_rule(const RuleBinding& rule) {
  Tree weights = Tree::list();
  for (const std::int64_t weight : rule.weights) weights.push_back(weight);
  Tree packed;
  packed.set("service", std::int64_t{rule.service});
  packed.set("rule", static_cast<std::int64_t>(rule.rule));
  packed.set("stable", rule.stable);
  packed.set("canary", rule.canary);
  packed.set("port", std::int64_t{rule.port});
  packed.set("canary_port", std::int64_t{rule.canary_port});
  packed.set("weights", std::move(weights));
  packed.set("stable_entry", static_cast<std::int64_t>(rule.stable_entry));
  packed.set("multiplier", rule.scale.multiplier);
  packed.set("total", rule.scale.total);
  return packed;
}

Tree pack_route(const RouteBinding& route) {
  Tree rules = Tree::list();
  for (const RuleBinding& rule : route.rules) rules.push_back(pack_rule(rule));
  Tree packed;
  packed.set("resource", route.resource);
  packed.set("namespace", route.name_space);
  packed.set("name", route.name);
  packed.set("uid", route.uid);
  packed.set("service_namespace", route.service_name_space);
  packed.set("rules", std::move(rules));
  packed.set("spec", route.spec);
  packed.set("had_annotations", route.had_annotations);
  packed.set("leftover_stamp", route.leftover_stamp);
  packed.set("managed", route.managed);
  packed.set("parents", route.parents);
  return packed;
}

// Collects what is wrong, so that reading stays a straight line.
class Reading {
 public:
  explicit Reading(const Tree& tree) : tree_(tree) {}

  std::int64_t number(std::string_view pointer, std::int64_t min, std::int64_t max) {
    const auto value = tree_.int_at(pointer);
    if (value && *value >= min && *value <= max) return *value;
    whole_ = false;
    return min;
  }
  std::string text(std::string_view pointer) {
    const std::string* const value = tree_.text_at(pointer);
    if (value != nullptr) return *value;
    whole_ = false;
    return {};
  }
  const Tree::List& list(std::string_view pointer) {
    static const Tree::List none;
    const Tree::List* const value = tree_.list_at(pointer);
    if (value != nullptr) return *value;
    whole_ = false;
    return none;
  }
  void require(bool holds) { whole_ = whole_ && holds; }
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  const Tree& tree_;
  bool whole_ = true;
};

bool unpack_rule(const Tree& packed, RuleBinding& rule) {
  Reading reading(packed);
  rule.service = static_cast<std::uint32_t>(
      reading.number("/service", 0, std::numeric_limits<std::int32_t>::max()));
  rule.rule = static_cast<std::size_t>(
      reading.number("/rule", 0, std::numeric_limits<std::int32_t>::max()));
  rule.stable = reading.text("/stable");
  rule.canary = reading.text("/canary");
  rule.port = static_cast<std::uint16_t>(reading.number("/port", 0, 65'535));
  rule.canary_port = static_cast<std::uint16_t>(reading.number("/canary_port", 0, 65'535));
  for (const Tree& weight : reading.list("/weights")) {
    reading.require(weight.as_int() != nullptr);
    rule.weights.push_back(weight.as_int() != nullptr ? *weight.as_int() : 0);
  }
  rule.stable_entry = static_cast<std::size_t>(
      reading.number("/stable_entry", 0, std::numeric_limits<std::int32_t>::max()));
  rule.scale.multiplier = reading.number("/multiplier", 1, route_units_max);
  rule.scale.total = reading.number("/total", 1, route_units_max);
  reading.require(rule.stable_entry < rule.weights.size());
  return reading.whole();
}

bool unpack_route(const Tree& packed, RouteBinding& route) {
  Reading reading(packed);
  route.resource = reading.text("/resource");
  route.name_space = reading.text("/namespace");
  route.name = reading.text("/name");
  route.uid = reading.text("/uid");
  route.service_name_space = reading.text("/service_namespace");
  for (const Tree& item : reading.list("/rules"))
    reading.require(unpack_rule(item, route.rules.emplace_back()));
  const Tree* const spec = packed.get("spec");
  reading.require(spec != nullptr && spec->as_map() != nullptr);
  if (spec != nullptr) route.spec = *spec;
  route.had_annotations = packed.bool_at("/had_annotations").value_or(false);
  route.leftover_stamp = reading.text("/leftover_stamp");
  route.managed = Tree(reading.list("/managed"));
  route.parents = Tree(reading.list("/parents"));
  reading.require(!route.rules.empty());
  return reading.whole();
}

}  // namespace

Tree pack_route_data(const RouteData& data) {
  Tree routes = Tree::list();
  for (const RouteBinding& route : data.routes) routes.push_back(pack_route(route));
  Tree steps = Tree::list();
  for (const core::Weight step : data.steps) steps.push_back(step.hundredths());
  Tree packed;
  packed.set("format", format);
  packed.set("routes", std::move(routes));
  packed.set("steps", std::move(steps));
  packed.set("propagation_ms",
             std::chrono::duration_cast<std::chrono::milliseconds>(data.propagation_max).count());
  return packed;
}

Result<RouteData> unpack_route_data(const Tree& packed) {
  Reading reading(packed);
  RouteData data;
  reading.require(packed.text_or("/format", "") == format);
  for (const Tree& item : reading.list("/routes"))
    reading.require(unpack_route(item, data.routes.emplace_back()));
  for (const Tree& step : reading.list("/steps")) {
    const std::int64_t hundredths = step.as_int() != nullptr ? *step.as_int() : -1;
    reading.require(hundredths >= 0 && hundredths <= core::Weight::hundredths_max);
    if (reading.whole()) data.steps.push_back(core::Weight::from_hundredths(hundredths));
  }
  data.propagation_max = std::chrono::milliseconds(reading.number("/propagation_ms", 0, 3'600'000));
  if (!reading.whole()) {
    return fail(ErrorKind::malformed,
                "the record's route plan is not one of this program (format " +
                    std::string(format) + "); use the version that started the rollout");
  }
  return data;
}

}  // namespace kai::edges
