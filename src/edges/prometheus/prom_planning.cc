// Planning: can Prometheus be reached, does its clock agree, which series count what, and what did
// stable's pods do lately. Nothing here is evidence; it is shown and pinned.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "codec/quote.h"
#include "core/judge/pace.h"
#include "edges/prometheus/prom_calibrating.h"
#include "edges/prometheus/prom_detect.h"
#include "edges/prometheus/prom_selector.h"
#include "edges/prometheus/prom_world.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::Severity;

constexpr Duration clock_skew_max = std::chrono::seconds(5);
constexpr Duration scrape_window_short = std::chrono::seconds(150);
constexpr Duration scrape_window_long = std::chrono::minutes(15);
constexpr double lately_seconds = 600;

struct Lately {
  double requests = 0;
  double errors = 0;
};

// A request counter and the labels that it is asked by.
struct Counter {
  std::string requests;
  std::string status_label;
  std::string path_label;  // empty: none

  friend auto operator<=>(const Counter&, const Counter&) = default;
};

class Planning : public std::enable_shared_from_this<Planning> {
 public:
  Planning(std::shared_ptr<PromWorld> world, const core::Plan& plan,
           const ports::WorkloadPlan& workload, const std::vector<ports::PodTarget>& pods,
           Reply<ports::Planned<ports::MetricPlan>> reply)
      : world_(std::move(world)),
        inputs_(plan.metrics),
        asked_(plan),
        services_(workload.services),
        reply_(std::move(reply)) {
    for (const core::CriticalService& service : plan.services)
      health_paths_[service.name] = service.path;
    plan_.name_space = workload.name_space;
    std::ranges::copy_if(pods, std::back_inserter(pods_), [](const ports::PodTarget& pod) {
      return pod.arm == core::Arm::baseline;
    });
  }

  void start() {
    auto direct = direct_address(inputs_.address);
    if (!inputs_.enabled) {
      refuse("P12", "metrics are switched off, and there is no other source of them",
             "set canary.metrics.prometheus.enabled: true");
    } else if (!is_prom_preset(inputs_.preset)) {
      refuse("P12", "unknown metrics preset " + codec::quote(inputs_.preset),
             "use one of " + prom_preset_names() + ", or none");
    } else if (!direct) {
      refuse("P12", direct.error().message,
             "give the base URL, like http://prometheus-server.monitoring:9090");
    }
    if (!findings_.empty()) return finish_later();
    plan_.address = *direct;
    ask_clock();
  }

 private:
  void ask_clock() {
    ask_prom_clock(world_, plan_.address, [self = shared_from_this()](Result<PromClock> clock) {
      if (clock) return self->take_clock(*clock);
      self->go_round(clock.error());
    });
  }

  // A name that only the cluster knows is asked for through the API server.
  void go_round(const Error& error) {
    const auto proxied = proxied_address(plan_.address);
    const bool may = !plan_.address.proxied && proxied && world_->api.has_proxy() &&
                     error.kind == ErrorKind::unavailable;
    unreached_ += (unreached_.empty() ? "" : "; and ") + error.message;
    if (may) {
      plan_.address = *proxied;
      return ask_clock();
    }
    refuse("P12", "the metric source cannot be used: " + unreached_,
           "check canary.metrics.prometheus.address; through the API server you need the "
           "permission to create services/proxy");
    finish();
  }

  void take_clock(const PromClock& clock) {
    world_->clock.reset();
    clock_ = clock;
    const Duration skew = clock.now(world_->steady.now()) - world_->wall.now();
    if (std::chrono::abs(skew) > clock_skew_max) {
      refuse("P12",
             plan_.address.label() + ": its clock is " + format_duration(std::chrono::abs(skew)) +
                 (skew > Duration::zero() ? " ahead of" : " behind") +
                 " this machine's; more than " + format_duration(clock_skew_max) +
                 " cannot be trusted",
             "synchronise both clocks");
      return finish();
    }
    if (pods_.empty()) {
      refuse("P13", "there are no pods of the stable release to look at",
             "deploy it first, and wait until its pods are ready");
      return finish();
    }
    detect();
  }

  void detect() {
    world_->api.query(plan_.address, prom_detection_query(pods_), std::nullopt,
                      [self = shared_from_this()](Result<std::vector<PromSeries>> series) {
                        if (!series) return self->fail_with("P12", series.error());
                        self->take_detected(*series);
                      });
  }

  void take_detected(const std::vector<PromSeries>& series) {
    const auto label = detect_pod_label(series, pods_);
    if (!label) {
      refuse("P13",
             plan_.address.label() +
                 ": no series that is named like a request counter belongs to one of stable's " +
                 std::to_string(pods_.size()) + " pods, by pod name or by address (first pod: " +
                 codec::printable(pods_.front().name) + ")",
             "let the pods be scraped (e.g. annotation prometheus.io/scrape) and expose "
             "http_requests_total with a status label");
      return finish();
    }
    plan_.pod_label = *label;
    plan_.name_space_label =
        label->by_address ? "" : detect_name_space_label(series, *label, pods_, plan_.name_space);
    for (std::uint32_t service = 0; service < services_.size(); ++service)
      detect_service(series, service);
    if (!findings_.empty()) return finish();
    measure(scrape_window_short);
  }

  void detect_service(const std::vector<PromSeries>& series, std::uint32_t service) {
    std::vector<ports::PodTarget> pods;
    std::ranges::copy_if(pods_, std::back_inserter(pods),
                         [service](const ports::PodTarget& pod) { return pod.service == service; });
    const std::string& name = services_[service].name;
    if (pods.empty()) {
      return refuse("P13", "service " + name + " has no pods",
                    "wait until it has, or name another service");
    }
    // Services that were found by themselves are not in the plan.
    const auto known = health_paths_.find(name);
    const std::string health_path =
        known == health_paths_.end() ? core::CriticalService{}.path : known->second;
    DetectedFamily detected =
        detect_family(series, plan_.pod_label, pods, inputs_.preset, health_path);
    if (!detected.family) {
      return refuse("P13", "service " + name + " has no usable request counter: " + detected.why,
                    "expose http_requests_total with a status label");
    }
    plan_.families.push_back(std::move(*detected.family));
  }

  [[nodiscard]] std::vector<std::string> matchers_of(const std::string& name) const {
    std::vector<std::string> matchers{"__name__=" + prom_string(name),
                                      prom_pods_matcher(plan_.pod_label, pods_)};
    if (!plan_.name_space_label.empty())
      matchers.push_back(plan_.name_space_label + "=" + prom_string(plan_.name_space));
    return matchers;
  }

  void measure(Duration window) {
    const std::string promql = prom_selector(matchers_of(plan_.families.front().requests), window);
    world_->api.query(plan_.address, promql, std::nullopt,
                      [self = shared_from_this(), window](Result<std::vector<PromSeries>> series) {
                        if (!series) return self->fail_with("P12", series.error());
                        self->take_measured(*series, window);
                      });
  }

  void take_measured(const std::vector<PromSeries>& series, Duration window) {
    plan_.scrape_interval = measure_scrape_interval(series);
    if (plan_.scrape_interval > Duration::zero()) {
      for (const PromFamily& family : plan_.families)
        counters_.insert({family.requests, family.status_label, family.path_label});
      return ask_lately();
    }
    if (window < scrape_window_long) return measure(scrape_window_long);
    refuse("P12",
           plan_.address.label() + ": no pod of stable was scraped twice in the last " +
               format_duration(window),
           "wait for two scrapes, then start again");
    finish();
  }

  // The last ten minutes of every counter, for people; approximate.
  void ask_lately() {
    if (counters_.empty()) return judge_lately();
    const Counter counter = *counters_.begin();
    const std::string by = plan_.pod_label.name + "," + counter.status_label +
                           (counter.path_label.empty() ? "" : "," + counter.path_label);
    const std::string promql =
        "sum by (" + by + ") (increase(" +
        prom_selector(matchers_of(counter.requests), std::chrono::minutes(10)) + "))";
    world_->api.query(plan_.address, promql, std::nullopt,
                      [self = shared_from_this(), counter](Result<std::vector<PromSeries>> sums) {
                        if (!sums) return self->fail_with("P13", sums.error());
                        self->add_lately(*sums, counter);
                        self->counters_.erase(counter);
                        self->ask_lately();
                      });
  }

  void add_lately(const std::vector<PromSeries>& sums, const Counter& counter) {
    for (const ports::PodTarget& pod : pods_) {
      if (pod.service >= plan_.families.size()) continue;
      const PromFamily& family = plan_.families[pod.service];
      if (family.requests != counter.requests || family.path_label != counter.path_label) continue;
      for (const PromSeries& sum : sums) {
        const double count = sum.samples.empty() ? 0 : sum.samples.back().value;
        if (!is_series_of(sum, plan_.pod_label, pod) || !std::isfinite(count)) continue;
        if (family.is_health_check(sum)) continue;
        lately_[pod.service].requests += count;
        if (is_error_status(sum.label(counter.status_label))) lately_[pod.service].errors += count;
      }
    }
  }

  void judge_lately() {
    std::string idle;
    for (std::uint32_t service = 0; service < services_.size(); ++service) {
      lines_.push_back(line_of(service));
      if (lately_[service].requests <= 0)
        idle += (idle.empty() ? "" : ", ") + services_[service].name;
    }
    if (!idle.empty() && inputs_.allow_idle) {
      findings_.push_back({.check = "P13",
                           .severity = Severity::warning,
                           .message = "no requests in the last 10 minutes: " + idle,
                           .remedy = ""});
    } else if (!idle.empty()) {
      findings_.push_back(
          {.check = "P13",
           .severity = Severity::cannot_measure,
           .message = "no requests in the last 10 minutes, so nothing would be proved: " + idle,
           .remedy = "send traffic, or accept it with --allow-idle"});
    }
    if (asked_.limits.judge == core::JudgeRule::threshold) return finish();
    learn_from_pods();
  }

  void learn_from_pods() {
    PromCalibrating what{.plan = plan_,
                         .services = {},
                         .pods = pods_,
                         .step = core::judge_interval(asked_, plan_.scrape_interval),
                         .now = clock_.now(world_->steady.now()),
                         .latency_max = asked_.limits.latency_max};
    for (const ports::ServicePlan& service : services_) what.services.push_back(service.name);
    calibrate_pods(world_, std::move(what),
                   [self = shared_from_this()](Result<PromCalibrated> learned) {
                     self->calibration_ = std::move(learned->services);
                     std::ranges::move(learned->lines, std::back_inserter(self->lines_));
                     std::ranges::move(learned->findings, std::back_inserter(self->findings_));
                     self->finish();
                   });
  }

  [[nodiscard]] std::string line_of(std::uint32_t service) {
    const PromFamily& family = plan_.families[service];
    const Lately& lately = lately_[service];
    std::string line = services_[service].name + ": " + family.requests + " by " +
                       plan_.pod_label.name + ", errors are " + family.status_label + " 5xx";
    if (family.histogram.empty()) {
      line += ", no latency histogram";
    } else {
      line += ", latency " + family.histogram + " (" + std::to_string(family.edges.size()) +
              " edges, " + edge_text(family.edges.front()) + " to " +
              edge_text(family.edges.back()) + ")";
    }
    if (!family.path_label.empty())
      line += ", without " + family.path_label + "=" + codec::quote(family.health_path);
    char numbers[96];
    const double share = lately.requests > 0 ? 100 * lately.errors / lately.requests : 0;
    std::snprintf(numbers, sizeof numbers, "; last 10 min: %.1f requests/s, %.2f%% errors",
                  lately.requests / lately_seconds, share);
    return line + numbers;
  }

  void refuse(std::string check, std::string message, std::string remedy) {
    findings_.push_back({.check = std::move(check),
                         .severity = Severity::cannot_measure,
                         .message = std::move(message),
                         .remedy = std::move(remedy)});
  }

  void fail_with(std::string check, const Error& error) {
    refuse(std::move(check), error.message, "see the source's own log");
    finish();
  }

  void finish_later() {
    world_->timers.at(world_->steady.now(), [self = shared_from_this()] { self->finish(); });
  }

  void finish() {
    ports::Planned<ports::MetricPlan> planned{.plan = {}, .findings = std::move(findings_)};
    const bool whole = !plan_.families.empty() && plan_.families.size() == services_.size() &&
                       plan_.scrape_interval > Duration::zero();
    if (whole) {
      planned.plan.data = pack_prom_plan(plan_);
      for (const PromFamily& family : plan_.families) planned.plan.edges.push_back(family.edges);
      planned.plan.scrape_interval = plan_.scrape_interval;
      planned.plan.calibration = std::move(calibration_);
      planned.plan.lines.push_back(plan_.address.label() + ", scrapes every " +
                                   format_duration(plan_.scrape_interval));
      std::ranges::move(lines_, std::back_inserter(planned.plan.lines));
    }
    reply_(std::move(planned));
  }

  std::shared_ptr<PromWorld> world_;
  core::MetricsInputs inputs_;
  core::Plan asked_;
  std::vector<ports::ServicePlan> services_;
  Reply<ports::Planned<ports::MetricPlan>> reply_;
  std::vector<ports::PodTarget> pods_;
  PromPlan plan_;
  std::string unreached_;
  std::map<std::string, std::string> health_paths_;  // by name of the service
  std::set<Counter> counters_;                       // still to be asked about
  std::map<std::uint32_t, Lately> lately_;
  std::vector<std::string> lines_;
  std::vector<Finding> findings_;
  PromClock clock_;
  std::vector<ports::Calibration> calibration_;
};

}  // namespace

void plan_metrics(std::shared_ptr<PromWorld> world, const core::Plan& plan,
                  const ports::WorkloadPlan& workload, const std::vector<ports::PodTarget>& pods,
                  Reply<ports::Planned<ports::MetricPlan>> reply) {
  std::make_shared<Planning>(std::move(world), plan, workload, pods, std::move(reply))->start();
}

}  // namespace kai::edges
