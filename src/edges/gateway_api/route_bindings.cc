#include "edges/gateway_api/route_bindings.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "codec/quote.h"

namespace kai::edges {
namespace {

const Tree::List& no_items() {
  static const Tree::List none;
  return none;
}

const Tree::List& list_in(const Tree& map, std::string_view key) {
  const Tree* const node = map.get(key);
  const Tree::List* const items = node == nullptr ? nullptr : node->as_list();
  return items == nullptr ? no_items() : *items;
}

std::string text_in(const Tree& map, std::string_view key, std::string_view otherwise) {
  const Tree* const node = map.get(key);
  const std::string* const text = node == nullptr ? nullptr : node->as_text();
  return text == nullptr ? std::string(otherwise) : *text;
}

std::string_view kind_of(std::string_view resource) {
  return resource == "grpcroutes" ? "GRPCRoute" : "HTTPRoute";
}

bool grants_from(const Tree& grant, const ListedRoute& route, std::string_view name_space) {
  const Tree* const spec = grant.get("spec");
  if (spec == nullptr) return false;
  return std::ranges::any_of(list_in(*spec, "from"), [&](const Tree& from) {
    return text_in(from, "group", "") == "gateway.networking.k8s.io" &&
           text_in(from, "kind", "") == kind_of(route.resource) &&
           text_in(from, "namespace", "") == name_space;
  });
}

bool grants_to(const Tree& grant, std::string_view service) {
  const Tree* const spec = grant.get("spec");
  if (spec == nullptr) return false;
  return std::ranges::any_of(list_in(*spec, "to"), [&](const Tree& to) {
    const std::string name = text_in(to, "name", "");
    return text_in(to, "group", "").empty() && text_in(to, "kind", "") == "Service" &&
           (name.empty() || name == service);
  });
}

// One pass over one route; what it finds goes to `found`.
class RouteReader {
 public:
  RouteReader(const ListedRoute& route, std::span<const Tree> grants,
              const ports::WorkloadPlan& workload, std::span<const core::Weight> steps,
              FoundBindings& found)
      : route_(route), grants_(grants), workload_(workload), steps_(steps), found_(found) {
    binding_.resource = route.resource;
    binding_.name_space = route.object.text_or("/metadata/namespace", "");
    binding_.name = route.object.text_or("/metadata/name", "");
    binding_.uid = route.object.text_or("/metadata/uid", "");
    binding_.service_name_space = workload.name_space;
  }

  void read() {
    const Tree::List& rules = rules_of(route_.object);
    for (std::size_t i = 0; i < rules.size(); ++i) read_rule(i, rules[i]);
    if (binding_.rules.empty()) return;
    keep_original();
    found_.routes.push_back(std::move(binding_));
  }

 private:
  [[nodiscard]] std::string place(std::size_t rule) const {
    return codec::printable(binding_.label()) + " rule " + std::to_string(rule + 1);
  }

  void read_rule(std::size_t index, const Tree& rule) {
    const std::size_t before = binding_.rules.size();
    for (std::uint32_t service = 0; service < workload_.services.size(); ++service) {
      read_mirrors(index, rule, workload_.services[service].service);
      read_service(index, rule, service);
    }
    if (binding_.rules.size() <= before + 1) return;
    refuse(index, "sends traffic to two services of this rollout; split it into two rules");
    binding_.rules.resize(before);
  }

  void read_mirrors(std::size_t index, const Tree& rule, const std::string& service) {
    for (const Tree& filter : list_in(rule, "filters")) {
      const Tree* const backend = filter.at("/requestMirror/backendRef");
      if (backend == nullptr || !is_stable(*backend, service)) continue;
      found_.warnings.push_back(place(index) + " mirrors requests to " + service +
                                "; the mirror is left as it is");
    }
  }

  [[nodiscard]] bool is_stable(const Tree& entry, const std::string& service) const {
    return is_entry_of(entry, {.name = service,
                               .name_space = workload_.name_space,
                               .route_name_space = binding_.name_space});
  }

  void read_service(std::size_t index, const Tree& rule, std::uint32_t number) {
    const ports::ServicePlan& service = workload_.services[number];
    const Tree::List& entries = entries_of(rule);
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (is_stable(entries[i], service.canary_service)) {
        return refuse(index, "already has an entry for " + service.canary_service +
                                 ", left by an earlier rollout; end that one with 'kai-canary "
                                 "abort', or remove the entry");
      }
      if (is_stable(entries[i], service.service) && is_used(index, entries[i], service))
        mine.push_back(i);
    }
    if (mine.empty()) return;
    if (mine.size() > 1)
      return refuse(index, "names " + service.service + " twice; merge the two entries");
    if (!is_granted(index, service)) return;
    bind(index, entries, mine.front(), number);
  }

  // Whether the entry carries traffic to the port that is rolled out.
  bool is_used(std::size_t index, const Tree& entry, const ports::ServicePlan& service) {
    const std::int64_t port = entry.int_at("/port").value_or(0);
    if (service.port != 0 && port != service.port) {
      found_.leaks.push_back(place(index) + " sends traffic to " + service.service + " on port " +
                             std::to_string(port) + ", the rollout is about port " +
                             std::to_string(service.port));
      return false;
    }
    const std::int64_t weight = entry_weight(entry);
    if (weight == 0)
      found_.rejected.push_back(place(index) + ": its weight for " + service.service + " is 0");
    if (weight < 0) {
      refuse(index,
             "has a weight for " + service.service + " that is not a whole number of 0 to 1000000");
    }
    return weight > 0;
  }

  bool is_granted(std::size_t index, const ports::ServicePlan& service) {
    if (binding_.name_space == workload_.name_space) return true;
    const auto grants = [this](const std::string& name) {
      return std::ranges::any_of(grants_, [&](const Tree& grant) {
        return grants_from(grant, route_, binding_.name_space) && grants_to(grant, name);
      });
    };
    if (!grants(service.service)) {
      found_.rejected.push_back(place(index) + ": no ReferenceGrant lets it send to " +
                                service.service);
      return false;
    }
    if (grants(service.canary_service)) return true;
    refuse(index,
           "may send to " + service.service +
               " only: its ReferenceGrant names that Service; let the grant name no Service, or " +
               service.canary_service + " too");
    return false;
  }

  void bind(std::size_t index, const Tree::List& entries, std::size_t stable,
            std::uint32_t number) {
    if (entries.size() >= route_entries_max) {
      return refuse(index, "has " + std::to_string(entries.size()) +
                               " entries, and the API takes no more than 16; remove one");
    }
    const ports::ServicePlan& service = workload_.services[number];
    RuleBinding rule{.service = number,
                     .rule = index,
                     .stable = service.service,
                     .canary = service.canary_service};
    rule.port = static_cast<std::uint16_t>(entries[stable].int_at("/port").value_or(0));
    if (service.canary_port != service.port) rule.canary_port = service.canary_port;
    rule.stable_entry = stable;
    std::vector<std::int64_t> others;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      rule.weights.push_back(entry_weight(entries[i]));
      if (i != stable) others.push_back(rule.weights.back());
    }
    const auto scale = choose_route_scale(rule.weights[stable], others, steps_);
    if (!scale) return refuse(index, "cannot be split: " + scale.error().message);
    rule.scale = *scale;
    found_.lines.push_back(line_of(rule, others.size()));
    binding_.rules.push_back(std::move(rule));
  }

  [[nodiscard]] std::string line_of(const RuleBinding& rule, std::size_t others) const {
    std::string line = place(rule.rule) + ": " + rule.stable + ":" + std::to_string(rule.port) +
                       ", weight " + std::to_string(rule.weights[rule.stable_entry]) + " -> " +
                       rule.canary + " of " + std::to_string(rule.scale.total) + " units";
    if (others > 0) line += ", " + std::to_string(others) + " other entries keep their share";
    if (rule.scale.multiplier > 1)
      line += " (all weights times " + std::to_string(rule.scale.multiplier) + ")";
    return line;
  }

  void keep_original() {
    if (const Tree* const spec = route_.object.get("spec")) binding_.spec = *spec;
    const Tree* const annotations = route_.object.at("/metadata/annotations");
    binding_.had_annotations = annotations != nullptr && annotations->as_map() != nullptr;
    if (binding_.had_annotations) {
      if (const Tree* const stamp = annotations->get(stamp_annotation)) {
        binding_.leftover_stamp = stamp->as_text() != nullptr ? *stamp->as_text() : "";
        binding_.had_annotations = annotations->as_map()->size() > 1;
      }
    }
    warn_if_sticky();
  }

  void warn_if_sticky() {
    for (const RuleBinding& bound : binding_.rules) {
      if (rules_of(route_.object)[bound.rule].get("sessionPersistence") == nullptr) continue;
      found_.warnings.push_back(
          place(bound.rule) +
          " keeps users on a backend: the canary's share of users outlasts a change of weight");
    }
  }

  void refuse(std::size_t index, const std::string& why) {
    found_.refused.push_back(place(index) + " " + why);
  }

  const ListedRoute& route_;
  std::span<const Tree> grants_;
  const ports::WorkloadPlan& workload_;
  std::span<const core::Weight> steps_;
  FoundBindings& found_;
  RouteBinding binding_;
};

}  // namespace

bool is_entry_of(const Tree& entry, const EntryName& wanted) {
  if (entry.as_map() == nullptr) return false;
  return text_in(entry, "group", "").empty() && text_in(entry, "kind", "Service") == "Service" &&
         text_in(entry, "name", "") == wanted.name &&
         text_in(entry, "namespace", wanted.route_name_space) == wanted.name_space;
}

std::int64_t entry_weight(const Tree& entry) {
  const Tree* const weight = entry.get("weight");
  if (weight == nullptr || weight->is_null()) return 1;
  const std::int64_t* const units = weight->as_int();
  return units != nullptr && *units >= 0 && *units <= route_units_max ? *units : -1;
}

const Tree::List& entries_of(const Tree& rule) { return list_in(rule, "backendRefs"); }

const Tree::List& rules_of(const Tree& route) {
  const Tree::List* const rules = route.list_at("/spec/rules");
  return rules == nullptr ? no_items() : *rules;
}

FoundBindings find_bindings(std::span<const ListedRoute> routes, std::span<const Tree> grants,
                            const ports::WorkloadPlan& workload,
                            std::span<const core::Weight> steps) {
  FoundBindings found;
  std::vector<const ListedRoute*> sorted;
  for (const ListedRoute& route : routes) sorted.push_back(&route);
  std::ranges::sort(sorted, {}, [](const ListedRoute* route) {
    return std::tuple(route->resource, route->object.text_or("/metadata/namespace", ""),
                      route->object.text_or("/metadata/name", ""));
  });
  for (const ListedRoute* route : sorted)
    RouteReader(*route, grants, workload, steps, found).read();
  return found;
}

}  // namespace kai::edges
