#include "edges/prometheus/prom_detect.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "codec/number.h"
#include "codec/quote.h"
#include "edges/prometheus/prom_selector.h"

namespace kai::edges {
namespace {

// A family of one library: its counter (perhaps the histogram's own) and its histogram, after an
// optional prefix that ends in "_". In the order of choice.
struct PromPreset {
  std::string_view name;
  std::string_view requests;
  std::string_view histogram;
  double unit_seconds;
};
constexpr std::array presets{
    PromPreset{"http-common", "http_requests_total", "http_request_duration_seconds_bucket", 1},
    PromPreset{"http-common", "http_requests_total", "http_request_duration_milliseconds_bucket",
               0.001},
    PromPreset{"http-common", "http_requests_total", "http_request_duration_ms_bucket", 0.001},
    PromPreset{"http-common", "http_request_duration_seconds_count",
               "http_request_duration_seconds_bucket", 1},
    PromPreset{"micrometer", "http_server_requests_seconds_count",
               "http_server_requests_seconds_bucket", 1},
    PromPreset{"otel-http", "http_server_request_duration_seconds_count",
               "http_server_request_duration_seconds_bucket", 1},
    PromPreset{"otel-http", "http_server_duration_milliseconds_count",
               "http_server_duration_milliseconds_bucket", 0.001},
};
constexpr std::array status_labels{"status_code",     "code",          "status",
                                   "http_status",     "response_code", "http_response_status_code",
                                   "http_status_code"};
constexpr std::array pod_labels{"pod",      "kubernetes_pod_name", "k8s_pod_name",
                                "pod_name", "kubernetes_pod",      "exported_pod"};
// "endpoint" is last: the Prometheus Operator puts the name of the scraped port there.
constexpr std::array path_labels{"path", "uri",        "handler",     "route",
                                 "url",  "http_route", "http_target", "endpoint"};
constexpr std::size_t names_shown_max = 5;

// A recording rule is no counter of a pod: ":" is in no name here.
bool is_named(std::string_view name, std::string_view wanted) {
  if (name == wanted) return true;
  return name.size() > wanted.size() && name.ends_with(wanted) &&
         name[name.size() - wanted.size() - 1] == '_' && is_prom_name(name);
}

std::string family_regex() {
  std::set<std::string> names;
  for (const PromPreset& preset : presets) {
    names.insert(std::string(preset.requests));
    names.insert(std::string(preset.histogram));
  }
  std::string regex = "(.+_)?(";
  for (const std::string& name : names) regex += (regex.back() == '(' ? "" : "|") + name;
  return regex + ")";
}

bool is_of_any(const PromSeries& series, const PromPodLabel& label,
               const std::vector<ports::PodTarget>& pods) {
  return std::ranges::any_of(
      pods, [&](const ports::PodTarget& pod) { return is_series_of(series, label, pod); });
}

class FamilyFinder {
 public:
  FamilyFinder(const std::vector<PromSeries>& series, const PromPodLabel& label,
               const std::vector<ports::PodTarget>& pods, std::string_view preset,
               std::string health_path)
      : wanted_(preset == "seed" ? "http-common" : preset), health_path_(std::move(health_path)) {
    for (const PromSeries& one : series) {
      if (is_of_any(one, label, pods)) by_name_[std::string(one.label("__name__"))].push_back(&one);
    }
  }

  DetectedFamily find() {
    std::optional<PromFamily> best;
    for (const PromPreset& preset : presets) {
      if (!wanted_.empty() && wanted_ != preset.name) continue;
      for (const auto& [name, series] : by_name_) {
        if (!is_named(name, preset.requests)) continue;
        auto family = with_status(name, series);
        if (!family) continue;
        add_latency(preset, name.substr(0, name.size() - preset.requests.size()), *family);
        // The first counter by rule; a later one only if it brings latency to the same counter.
        const bool better = !best || (best->histogram.empty() && !family->histogram.empty() &&
                                      best->requests == family->requests);
        if (better) best = std::move(family);
      }
    }
    if (best) leave_health_checks_out(*best);
    return {.family = best, .why = best ? "" : why_none()};
  }

 private:
  // Of the counter and of the histogram: one of them without the other would no longer count the
  // same requests.
  [[nodiscard]] bool all_have(const std::string& name, const char* label) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ||
           std::ranges::none_of(
               found->second, [label](const PromSeries* one) { return one->label(label).empty(); });
  }

  // Some values of a real one are words, too ("UNKNOWN" where no route matched).
  [[nodiscard]] bool has_paths(const std::string& name, const char* label) const {
    const auto found = by_name_.find(name);
    return found != by_name_.end() &&
           std::ranges::any_of(found->second, [label](const PromSeries* one) {
             return one->label(label).starts_with('/');
           });
  }

  void leave_health_checks_out(PromFamily& family) const {
    if (health_path_.empty()) return;
    for (const char* const label : path_labels) {
      if (!has_paths(family.requests, label)) continue;
      if (!all_have(family.requests, label) || !all_have(family.histogram, label)) continue;
      family.path_label = label;
      family.health_path = health_path_;
      return;
    }
  }

  std::optional<PromFamily> with_status(const std::string& name,
                                        const std::vector<const PromSeries*>& series) {
    for (const char* const label : status_labels) {
      const bool understood = std::ranges::all_of(
          series, [&](const PromSeries* one) { return is_status(one->label(label)); });
      if (understood) {
        return PromFamily{.requests = name,
                          .status_label = label,
                          .histogram = "",
                          .unit_seconds = 1,
                          .edges = {}};
      }
    }
    return std::nullopt;
  }

  void add_latency(const PromPreset& preset, const std::string& prefix, PromFamily& family) const {
    const auto found = by_name_.find(prefix + std::string(preset.histogram));
    if (found == by_name_.end()) return;
    std::set<double> edges;
    for (const PromSeries* const one : found->second) {
      const auto edge = codec::parse_finite(one->label("le"));
      if (edge && *edge > 0) edges.insert(*edge * preset.unit_seconds);
    }
    if (edges.empty()) return;
    family.histogram = found->first;
    family.unit_seconds = preset.unit_seconds;
    family.edges.assign(edges.begin(), edges.end());
  }

  [[nodiscard]] std::string why_none() const {
    if (by_name_.empty()) {
      return "its pods own no series that is named like a request counter (e.g. "
             "http_requests_total)";
    }
    std::string why = "found ";
    std::size_t shown = 0;
    for (const auto& [name, series] : by_name_) {
      if (++shown > names_shown_max) break;
      why += (shown > 1 ? ", " : "") + codec::printable(name) + "{" + label_names(*series.front()) +
             "}";
    }
    return why +
           "; none is a counter with a status label (status_code, code, status, ...) of codes like "
           "503 or 5xx";
  }

  static std::string label_names(const PromSeries& series) {
    std::string names;
    for (const auto& [name, value] : series.labels) {
      if (name != "__name__") names += (names.empty() ? "" : ",") + codec::printable(name);
    }
    return names;
  }

  std::string_view wanted_;
  std::string health_path_;
  std::map<std::string, std::vector<const PromSeries*>> by_name_;
};

}  // namespace

std::string prom_detection_query(const std::vector<ports::PodTarget>& pods) {
  const std::string names = "__name__=~" + prom_string(family_regex());
  std::string query;
  for (const char* const label : pod_labels) {
    query += prom_selector({names, prom_pods_matcher({.name = label}, pods)}) + " or ";
  }
  return query +
         prom_selector({names, prom_pods_matcher({.name = "instance", .by_address = true}, pods)});
}

bool is_prom_preset(std::string_view name) {
  return name.empty() || name == "seed" ||
         std::ranges::any_of(presets,
                             [name](const PromPreset& preset) { return preset.name == name; });
}

std::string prom_preset_names() { return "http-common, seed, micrometer, otel-http"; }

std::optional<PromPodLabel> detect_pod_label(const std::vector<PromSeries>& series,
                                             const std::vector<ports::PodTarget>& pods) {
  const auto names_one = [&](const PromPodLabel& label) {
    return std::ranges::any_of(series,
                               [&](const PromSeries& one) { return is_of_any(one, label, pods); });
  };
  for (const char* const name : pod_labels) {
    if (PromPodLabel label{.name = name}; names_one(label)) return label;
  }
  if (PromPodLabel label{.name = "instance", .by_address = true}; names_one(label)) return label;
  return std::nullopt;
}

std::string detect_name_space_label(const std::vector<PromSeries>& series,
                                    const PromPodLabel& label,
                                    const std::vector<ports::PodTarget>& pods,
                                    const std::string& name_space) {
  for (const char* const name : {"namespace", "exported_namespace"}) {
    const bool everywhere = std::ranges::all_of(series, [&](const PromSeries& one) {
      return !is_of_any(one, label, pods) || one.label(name) == name_space;
    });
    if (everywhere) return name;
  }
  return {};
}

DetectedFamily detect_family(const std::vector<PromSeries>& series, const PromPodLabel& label,
                             const std::vector<ports::PodTarget>& pods, const std::string& preset,
                             const std::string& health_path) {
  return FamilyFinder(series, label, pods, preset, health_path).find();
}

Duration measure_scrape_interval(const std::vector<PromSeries>& series) {
  std::vector<Duration> distances;
  for (const PromSeries& one : series) {
    for (std::size_t i = 1; i < one.samples.size(); ++i)
      distances.push_back(one.samples[i].at - one.samples[i - 1].at);
  }
  if (distances.empty()) return Duration::zero();
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::ranges::nth_element(distances, middle);
  // Scrapes are a few milliseconds late now and then.
  const auto milliseconds = std::chrono::round<std::chrono::milliseconds>(*middle);
  return std::max<Duration>(std::chrono::milliseconds(1), milliseconds);
}

std::string edge_text(double seconds) {
  return seconds >= 60 ? std::to_string(std::llround(seconds)) + "s"
                       : format_duration(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

}  // namespace kai::edges
