#include "edges/prometheus/prom_plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "codec/quote.h"
#include "edges/prometheus/prom_selector.h"

namespace kai::edges {
namespace {

constexpr std::string_view format = "prometheus/1";

Tree pack_family(const PromFamily& family) {
  Tree edges = Tree::list();
  for (const double edge : family.edges) edges.push_back(edge);
  Tree packed;
  packed.set("requests", family.requests);
  packed.set("status_label", family.status_label);
  packed.set("histogram", family.histogram);
  packed.set("unit_seconds", family.unit_seconds);
  packed.set("edges", std::move(edges));
  packed.set("path_label", family.path_label);
  packed.set("health_path", family.health_path);
  return packed;
}

bool unpack_family(const Tree& packed, PromFamily& family) {
  const Tree::List* const edges = packed.list_at("/edges");
  if (edges == nullptr) return false;
  for (const Tree& edge : *edges) {
    const auto seconds = edge.as_number();
    if (!seconds || !std::isfinite(*seconds)) return false;
    family.edges.push_back(*seconds);
  }
  family.requests = packed.text_or("/requests", "");
  family.status_label = packed.text_or("/status_label", "");
  family.histogram = packed.text_or("/histogram", "");
  family.unit_seconds = packed.number_at("/unit_seconds").value_or(0);
  family.path_label = packed.text_or("/path_label", "");  // absent in a plan of an older version
  family.health_path = packed.text_or("/health_path", "");
  return !family.requests.empty() && is_prom_name(family.status_label) && family.unit_seconds > 0 &&
         std::ranges::is_sorted(family.edges);
}

}  // namespace

std::string PromAddress::label() const {
  if (!proxied) return "prometheus " + codec::printable(base);
  return "prometheus " + codec::printable(base) + " (through the API server, Service " +
         codec::printable(name_space + "/" + service) + ")";
}

std::vector<std::string> prom_counter_matchers(const PromPlan& plan) {
  std::vector<std::string> names{"process_start_time_seconds"};
  for (const PromFamily& family : plan.families) {
    names.push_back(family.requests);
    names.push_back(family.histogram);
  }
  std::vector<std::string> matchers{prom_one_of("__name__", std::move(names))};
  if (!plan.name_space_label.empty())
    matchers.push_back(plan.name_space_label + "=" + prom_string(plan.name_space));
  return matchers;
}

Tree pack_prom_plan(const PromPlan& plan) {
  Tree families = Tree::list();
  for (const PromFamily& family : plan.families) families.push_back(pack_family(family));
  Tree packed;
  packed.set("format", format);
  packed.set_at("/address/base", plan.address.base);
  packed.set_at("/address/proxied", plan.address.proxied);
  packed.set_at("/address/namespace", plan.address.name_space);
  packed.set_at("/address/service", plan.address.service);
  packed.set_at("/address/path", plan.address.path);
  packed.set("namespace_label", plan.name_space_label);
  packed.set("namespace", plan.name_space);
  packed.set("pod_label", plan.pod_label.name);
  packed.set("by_address", plan.pod_label.by_address);
  packed.set("scrape_ms",
             std::chrono::duration_cast<std::chrono::milliseconds>(plan.scrape_interval).count());
  packed.set("families", std::move(families));
  return packed;
}

Result<PromPlan> unpack_prom_plan(const Tree& packed) {
  PromPlan plan;
  plan.address = {.base = packed.text_or("/address/base", ""),
                  .proxied = packed.bool_at("/address/proxied").value_or(false),
                  .name_space = packed.text_or("/address/namespace", ""),
                  .service = packed.text_or("/address/service", ""),
                  .path = packed.text_or("/address/path", "")};
  plan.name_space_label = packed.text_or("/namespace_label", "");
  plan.name_space = packed.text_or("/namespace", "");
  plan.pod_label = {.name = packed.text_or("/pod_label", ""),
                    .by_address = packed.bool_at("/by_address").value_or(false)};
  plan.scrape_interval = std::chrono::milliseconds(packed.int_at("/scrape_ms").value_or(0));
  bool whole = packed.text_or("/format", "") == format && is_prom_name(plan.pod_label.name) &&
               plan.scrape_interval > Duration::zero();
  const Tree::List* const families = packed.list_at("/families");
  if (families != nullptr) {
    for (const Tree& family : *families)
      whole = unpack_family(family, plan.families.emplace_back()) && whole;
  }
  if (whole && !plan.families.empty()) return plan;
  return fail(ErrorKind::malformed, "the record's metric plan is not one of this program (format " +
                                        std::string(format) +
                                        "); use the version that started the rollout");
}

std::string prom_pod_value(const PromPodLabel& label, const ports::PodTarget& pod) {
  if (!label.by_address) return pod.name;
  if (pod.address.empty()) return {};
  const bool is_v6 = pod.address.find(':') != std::string::npos;
  return is_v6 ? "[" + pod.address + "]:" : pod.address + ":";
}

bool is_series_of(const PromSeries& series, const PromPodLabel& label,
                  const ports::PodTarget& pod) {
  const std::string value = prom_pod_value(label, pod);
  if (value.empty()) return false;
  const std::string_view present = series.label(label.name);
  return label.by_address ? present.starts_with(value) : present == value;
}

std::string prom_pods_matcher(const PromPodLabel& label,
                              const std::vector<ports::PodTarget>& pods) {
  std::vector<std::string> values;
  values.reserve(pods.size());
  for (const ports::PodTarget& pod : pods) values.push_back(prom_pod_value(label, pod));
  return label.by_address ? prom_starts_with_one_of(label.name, std::move(values))
                          : prom_one_of(label.name, std::move(values));
}

}  // namespace kai::edges
