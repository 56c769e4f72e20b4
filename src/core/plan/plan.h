// Plan: everything a person asked for, checked and complete. A snapshot: nothing later looks at the
// sources again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/plan/local_release.h"
#include "core/traffic/weight.h"

namespace kai::core {

// One weight, and the applied time that it has to last before it may pass.
struct Step {
  Weight weight;          // above zero; strictly rising from step to step
  Duration bake_time{0};  // above zero

  friend bool operator==(const Step&, const Step&) = default;
};

// Where the Helm release lives.
struct Target {
  std::string release;     // DNS label, at most 53 characters
  std::string name_space;  // DNS label; empty: the context's
  std::string context;     // empty: the kubeconfig's current one
  std::string kubeconfig;  // path; empty: $KUBECONFIG, then the usual place

  friend bool operator==(const Target&, const Target&) = default;
};

// One argument of Helm that sets values. The order is kept: Helm gives the last word to the last
// one.
struct ValueInput {
  enum class Kind { file, set, set_string, set_json };
  Kind kind = Kind::file;
  std::string text;  // path of a file, or "key=value" verbatim

  friend bool operator==(const ValueInput&, const ValueInput&) = default;
};

// What to deploy.
struct ChartInputs {
  std::string chart;          // directory, archive, or a reference Helm understands
  std::string chart_version;  // for references; empty: newest
  std::string environment;    // "production": adds <chart>/values-production.yaml; empty: none
  std::vector<ValueInput>
      values;       // environment's file first, then in the order of the flags; tags not in it
  std::string tag;  // empty: no tag is set
  std::vector<std::string> tag_keys;  // values paths that get the tag; "global.image.tag" first
  std::string registry;               // empty: not passed
  std::vector<std::string> registry_keys;  // "global.registry.url" first
  bool allow_mutable_tag = false;
  bool allow_nondeterministic = false;

  friend bool operator==(const ChartInputs&, const ChartInputs&) = default;
};

// A Service (or workload) whose canary is judged.
struct CriticalService {
  std::string name;
  std::optional<std::uint16_t>
      port;  // Service port that is routed; empty: the only one, or the one in the route
  std::string path = "/health";  // of health checks: their requests are not counted

  friend bool operator==(const CriticalService&, const CriticalService&) = default;
};

enum class JudgeRule { threshold, sequential };

struct Limits {
  double success_percent_min = 95;      // 0 < t <= 100, per service; sequential: 10 to 99.9999
  std::optional<Duration> latency_max;  // at `latency_quantile`; empty: latency is not judged
  double latency_quantile = 0.95;       // 0 < q < 1
  JudgeRule judge = JudgeRule::threshold;
  // The rest is for the sequential rule.
  double tolerance_factor = 1.1;   // >= 1; how many times as often the canary may fail
  double tolerance_points = 0.1;   // 0 to 100 percentage points, on top of it
  double false_alarm_percent = 1;  // above 0, at most 20
  std::uint32_t persist = 0;       // intervals that have to agree, 2 to 12; 0: by their length
  Duration warm_up = std::chrono::seconds(60);  // pods younger than it are not judged

  friend bool operator==(const Limits&, const Limits&) = default;
};

enum class OnFail { rollback, freeze };
enum class OnInconclusive { pause, rollback, promote };
enum class OnUnknown { pause, hold, rollback };
enum class FirstInstall { install, refuse };

struct Policy {
  OnFail on_fail = OnFail::rollback;
  OnInconclusive on_inconclusive = OnInconclusive::pause;
  OnUnknown on_unknown = OnUnknown::pause;
  FirstInstall first_install = FirstInstall::install;
  Duration unknown_budget = std::chrono::minutes(5);  // time without evidence before `on_unknown`
  bool promote_by_itself = true;                      // false: pause before promotion

  friend bool operator==(const Policy&, const Policy&) = default;
};

struct Timing {
  Duration interval = std::chrono::seconds(30);       // between two checks; above zero
  Duration canary_time = std::chrono::minutes(10);    // sum of the steps' bake times
  Duration ready_within = std::chrono::minutes(10);   // canary pods ready, else rolled back
  Duration applied_within = std::chrono::minutes(2);  // a weight applied, else not proved (12)
  Duration final_bake = std::chrono::seconds(60);     // watch after promotion
  Duration drain = std::chrono::seconds(30);          // at least, after applied zero
  Duration helm_timeout = std::chrono::minutes(5);    // --timeout of the upgrade
  Duration timeout = std::chrono::minutes(25);        // whole rollout; then paused with its reason

  friend bool operator==(const Timing&, const Timing&) = default;
};

struct MetricsInputs {
  bool enabled = true;
  std::string address = "http://prometheus-server.monitoring:9090";  // base URL
  std::string preset;                                                // empty: detected
  bool allow_idle = false;  // start without traffic on stable

  friend bool operator==(const MetricsInputs&, const MetricsInputs&) = default;
};

struct Plan {
  Target target;
  ChartInputs inputs;
  bool canary = true;  // false: a plain upgrade with wait and rollback on failure
  std::vector<CriticalService> services;  // never empty unless `services_auto`
  bool services_auto = false;             // every changed workload behind a Service
  bool services_by_default =
      false;  // nobody named them: if the release has none of them, go auto with a notice
  std::vector<Step> steps;            // never empty
  std::uint32_t canary_replicas = 0;  // 0: by weight
  Limits limits;
  Policy policy;
  Timing timing;
  MetricsInputs metrics;
  // There: the release is one of this machine; then `services` are its services, in their order,
  // and of the target only the release's name counts.
  std::optional<LocalRelease> local;
  std::vector<std::string> skipped_checks;  // ids of preflight checks, by name of a person
  std::string reason;                       // of whoever overrode something
  std::vector<std::string> warnings;  // to be shown, e.g. "a threshold of 100% fails on one error"

  friend bool operator==(const Plan&, const Plan&) = default;
};

}  // namespace kai::core
