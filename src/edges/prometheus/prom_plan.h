// What was detected before the first weight and is pinned from then on: where to ask, and which
// series mean what.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "edges/prometheus/prom_increments.h"
#include "ports/workload.h"

namespace kai::edges {

// How Prometheus is reached.
struct PromAddress {
  std::string base;        // as configured, without a trailing slash
  bool proxied = false;    // through the API server's service proxy
  std::string name_space;  // of the Service, when proxied
  std::string service;     // "http:NAME:PORT"
  std::string path;        // of the base: "" or "/prometheus"

  // For messages.
  [[nodiscard]] std::string label() const;

  friend bool operator==(const PromAddress&, const PromAddress&) = default;
};

// The label that says whose series it is.
struct PromPodLabel {
  std::string name;         // "pod", ... or "instance"
  bool by_address = false;  // its value is "IP:port"

  friend bool operator==(const PromPodLabel&, const PromPodLabel&) = default;
};

struct PromPlan {
  PromAddress address;
  std::string name_space_label;  // empty: the series have none
  std::string name_space;
  PromPodLabel pod_label;
  Duration scrape_interval{0};       // above zero
  std::vector<PromFamily> families;  // one per service
};

// Matchers of every counter that is read of a pod, without those that say which pods.
[[nodiscard]] std::vector<std::string> prom_counter_matchers(const PromPlan& plan);

[[nodiscard]] Tree pack_prom_plan(const PromPlan& plan);
// malformed: not written by `pack_prom_plan`.
[[nodiscard]] Result<PromPlan> unpack_prom_plan(const Tree& packed);

// The value of the pod label that this pod's series have; a start of it when `by_address` (the port
// follows). Empty: the pod has no address yet.
[[nodiscard]] std::string prom_pod_value(const PromPodLabel& label, const ports::PodTarget& pod);
// Whether the series is one of this pod.
[[nodiscard]] bool is_series_of(const PromSeries& series, const PromPodLabel& label,
                                const ports::PodTarget& pod);
// The matcher that selects the series of these pods.
[[nodiscard]] std::string prom_pods_matcher(const PromPodLabel& label,
                                            const std::vector<ports::PodTarget>& pods);

}  // namespace kai::edges
