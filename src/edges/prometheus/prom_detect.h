// Detection: which series of stable's pods count requests, errors and latency. Seen once, shown,
// pinned. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "edges/prometheus/prom_plan.h"
#include "edges/prometheus/prom_samples.h"
#include "ports/workload.h"

namespace kai::edges {

// PromQL of an instant vector with everything of these pods that may be a request counter or a
// latency histogram, whatever label names the pod.
[[nodiscard]] std::string prom_detection_query(const std::vector<ports::PodTarget>& pods);

// "" (detected), "seed", "http-common", "micrometer", "otel-http".
[[nodiscard]] bool is_prom_preset(std::string_view name);
// For messages.
[[nodiscard]] std::string prom_preset_names();

// The first label, by rule, that names one of these pods in some series; empty: none does.
[[nodiscard]] std::optional<PromPodLabel> detect_pod_label(
    const std::vector<PromSeries>& series, const std::vector<ports::PodTarget>& pods);
// "namespace" or "exported_namespace" when that label holds the pods' namespace on every series of
// theirs; else empty.
[[nodiscard]] std::string detect_name_space_label(const std::vector<PromSeries>& series,
                                                  const PromPodLabel& label,
                                                  const std::vector<ports::PodTarget>& pods,
                                                  const std::string& name_space);

struct DetectedFamily {
  std::optional<PromFamily> family;  // empty: no series can be used
  std::string why;                   // then: what was found, and why none of it will do
};
// For one service, from the series of its pods. `health_path`: whose requests are not to be
// counted, where a label of all its series tells paths apart.
[[nodiscard]] DetectedFamily detect_family(const std::vector<PromSeries>& series,
                                           const PromPodLabel& label,
                                           const std::vector<ports::PodTarget>& pods,
                                           const std::string& preset,
                                           const std::string& health_path = {});

// Median distance of successive scrapes over all series; zero: fewer than two scrapes of every one.
[[nodiscard]] Duration measure_scrape_interval(const std::vector<PromSeries>& series);

// "10ms", "0.5s" for people.
[[nodiscard]] std::string edge_text(double seconds);

}  // namespace kai::edges
