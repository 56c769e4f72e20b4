#include "core/plan/options.h"

#include <array>
#include <cctype>

namespace kai::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = OptionKind;

constexpr std::string_view rollout = "Rollout", cluster = "Cluster", chart = "Chart",
                           steps = "Steps", limits = "Limits", policy = "Policy",
                           metrics = "Metrics", routing = "Routing", output = output_group,
                           overrides = "Overrides";

// clang-format off
constexpr auto table = std::to_array<Option>({
  // The seed's options and those of the original script.
  {"canary", Kind::yes_no, rollout, "", "off", "run the new version beside the old one and judge it before promotion", "enabled", ""},
  {"canary-weight", Kind::percent, rollout, "<pct>", "10%", "weight of the first step; given alone, the weight stays constant", "weight", ""},
  {"canary-time", Kind::duration, rollout, "<min>", "10 minutes", "analysis time over all steps, counted from the first applied weight", "analysis.time", "", minutes(1)},
  {"health-threshold", Kind::text, rollout, "<pct>", "95%", "least success rate of the canary, per critical service", "analysis.threshold.success", ""},
  {"critical-services", Kind::list, rollout, "<svc>", "api-server,coordinator-service", "services that are canaried and judged", "", ""},
  {"context", Kind::text, cluster, "<context>", "current context", "kubeconfig context; never switched", "", "KUBE_CONTEXT"},
  {"env", Kind::text, chart, "<environment>", "staging", "adds <chart>/values-<environment>.yaml", "", "ENVIRONMENT"},
  {"tag", Kind::text, chart, "<tag>", "", "image tag of the new version", "", "IMAGE_TAG"},
  {"registry", Kind::text, chart, "<url>", "", "image registry; unset: not passed to the chart", "", "REGISTRY_URL"},
  {"namespace", Kind::text, cluster, "<namespace>", "from the values, then the context", "namespace of the release", "", "NAMESPACE"},
  {"release", Kind::text, cluster, "<name>", "kai", "Helm release", "", ""},
  {"dry-run", Kind::text, rollout, "[client|server]", "", "print the plan and change nothing; bare: server", "", ""},
  {"rollback", Kind::text, rollout, "<revision>", "newest good", "return the release to an earlier revision", "", ""},
  {"list-releases", Kind::yes_no, rollout, "", "", "list all releases and their last canaries", "", ""},
  {"list-versions", Kind::yes_no, rollout, "", "", "list the revisions of the release", "", ""},
  // Chart
  {"chart", Kind::text, chart, "<path>", "./helm-charts/kai", "chart directory or archive", "", ""},
  {"version", Kind::text, chart, "<version>", "", "chart version, for references", "", ""},
  {"values", Kind::each, chart, "<file>", "", "values file; may be repeated (-f)", "", ""},
  {"set", Kind::each, chart, "<key=value>", "", "set a value, as Helm does; may be repeated", "", ""},
  {"set-string", Kind::each, chart, "<key=value>", "", "set a text value; may be repeated", "", ""},
  {"set-json", Kind::each, chart, "<key=json>", "", "set a JSON value; may be repeated", "", ""},
  {"tag-key", Kind::list, chart, "<path>", "global.image.tag", "further values paths that get the tag", "tagKeys", ""},
  {"registry-key", Kind::list, chart, "<path>", "global.registry.url", "further values paths that get the registry", "registryKeys", ""},
  {"allow-mutable-tag", Kind::yes_no, chart, "", "off", "accept a tag like latest", "", ""},
  {"allow-nondeterministic", Kind::yes_no, chart, "", "off", "accept a chart whose pod templates differ at every render", "", ""},
  {"pin-digests", Kind::yes_no, chart, "", "off", "rewrite tags to digests", "", "", {}, "", true},
  {"render-from", Kind::text, chart, "<path>", "", "rendered manifests instead of a chart", "", "", {}, "", true},
  // Steps
  {"step-weight", Kind::percent, steps, "<pct>", "off", "percent added per step, up to --max-weight", "analysis.stepWeight", ""},
  {"max-weight", Kind::percent, steps, "<pct>", "50% with --step-weight", "highest weight before promotion", "analysis.maxWeight", ""},
  {"steps", Kind::list, steps, "<pct[:time]>", "", "the weights one by one, e.g. 5,10,25:5m,50", "analysis.steps", ""},
  {"interval", Kind::duration, steps, "<sec>", "30s", "time between two checks", "analysis.interval", "", seconds(1)},
  {"final-bake", Kind::duration, steps, "<time>", "60s", "watch time after the promotion", "analysis.finalBake", "", seconds(1)},
  {"timeout", Kind::duration, steps, "<time>", "canary time + 15m", "whole rollout; then paused with its reason", "analysis.timeout", "", minutes(1)},
  {"ready-timeout", Kind::duration, steps, "<time>", "10m", "canary pods ready, else rolled back", "analysis.readyTimeout", "", minutes(1)},
  {"warm-up", Kind::duration, steps, "<time>", "60s", "time in which fresh pods are not judged (sequential judge)", "analysis.warmUp", "", seconds(1)},
  {"early-promote", Kind::yes_no, steps, "", "off", "promote as soon as it is proved", "", "", {}, "", true},
  // Limits
  {"latency-threshold", Kind::text, limits, "<ms>[@p95]", "off", "highest latency of the canary at a quantile", "analysis.threshold.latency", ""},
  {"judge", Kind::words, limits, "<rule>", "threshold", "rule that gives the verdict", "analysis.judge", "", {}, "threshold|sequential"},
  {"tolerance", Kind::text, limits, "<x+pp>", "1.1x+0.1pp", "how much worse than the old version is tolerated (sequential judge)", "analysis.tolerance", ""},
  {"false-alarm", Kind::percent, limits, "<pct>", "1%", "chance of rolling back a good version (sequential judge)", "analysis.falseAlarm", ""},
  {"persist", Kind::whole, limits, "<n>", "3; 6 below 10s", "intervals that have to agree (sequential judge)", "analysis.persist", ""},
  {"fresh-baseline", Kind::yes_no, limits, "", "off", "compare with fresh pods of the old version", "", "", {}, "", true},
  {"error-codes", Kind::list, limits, "<codes>", "5xx", "answers that count as errors", "", "", {}, "", true},
  // Policy
  {"on-fail", Kind::words, policy, "<what>", "rollback", "after a failed verdict", "policy.onFail", "", {}, "rollback|freeze"},
  {"on-inconclusive", Kind::words, policy, "<what>", "pause", "when the time is over and nothing is proved", "policy.onInconclusive", "", {}, "pause|rollback|promote"},
  {"on-unknown", Kind::words, policy, "<what>", "pause", "when nothing can be measured for the budget", "policy.onUnknown", "", {}, "pause|hold|rollback"},
  {"unknown-budget", Kind::duration, policy, "<time>", "5m", "time without any measurement before --on-unknown", "policy.unknownBudget", "", minutes(1)},
  {"on-unfinished", Kind::words, policy, "<what>", "refuse", "when an earlier rollout was left unfinished", "policy.onUnfinished", "", {}, "refuse"},
  {"first-install", Kind::words, policy, "<what>", "install", "when the release does not exist yet", "policy.firstInstall", "", {}, "install|refuse"},
  {"on-interrupt", Kind::words, policy, "<what>", "abort", "at the first Ctrl-C", "", "", {}, "abort"},
  {"approve", Kind::words, policy, "<when>", "none", "pause for a person before the promotion", "policy.approve", "", {}, "none|before-promotion"},
  {"gate", Kind::each, policy, "<gate>", "", "something else that must agree", "", "", {}, "", true},
  {"hooks", Kind::words, policy, "<mode>", "", "what to do with the chart's hooks", "hooks", "", {}, "require-approval|skip|run-before|none", true},
  {"on-lost-operator", Kind::words, policy, "<what>", "", "when this process dies", "", "", {}, "rollback|hold", true},
  {"guard", Kind::words, policy, "<what>", "", "a Job that takes over when this process dies", "", "", {}, "none|job", true},
  // Cluster
  {"kubeconfig", Kind::text, cluster, "<file>", "$KUBECONFIG", "kubeconfig file; only read", "", ""},
  {"allow-exec-plugin", Kind::list, cluster, "<program>", "none", "credential plugins of the kubeconfig that may run: paths, or names in $PATH", "allowExecPlugins", "", {}, "", false, true},
  {"release-namespace", Kind::text, cluster, "<namespace>", "", "the release lives there", "", ""},
  {"canary-replicas", Kind::whole, cluster, "<n>", "by weight", "pods per canary", "clone.replicas", ""},
  {"drain-timeout", Kind::duration, cluster, "<time>", "30s", "time for requests in flight after the weight is zero", "clone.drainTimeout", "", seconds(1)},
  {"helm-timeout", Kind::duration, cluster, "<time>", "5m", "time for the upgrade at promotion", "helmTimeout", "", minutes(1)},
  {"strategy", Kind::words, cluster, "<how>", "clone", "how the canary runs", "", "", {}, "clone"},
  {"services", Kind::words, cluster, "auto", "", "canary every changed workload behind a Service", "", "", {}, "auto"},
  {"force-conflicts", Kind::yes_no, cluster, "", "off", "let Helm take fields over at promotion", "", "", {}, "", true},
  {"keep-failed", Kind::duration, cluster, "<time>", "", "leave failed pods for a look", "clone.keepFailed", "", minutes(1), "", true},
  // Routing
  {"router", Kind::words, routing, "<name>", "auto", "data plane that splits the traffic", "router.name", "", {}, "auto|gateway-api"},
  {"force-header", Kind::text, routing, "<name:value>", "", "requests that always reach the canary", "", "", {}, "", true},
  {"mirror", Kind::yes_no, routing, "", "off", "copy requests to the canary", "", "", {}, "", true},
  // Metrics
  {"prometheus", Kind::text, metrics, "<url>", "http://prometheus-server.monitoring:9090", "Prometheus base URL", "metrics.prometheus.address", ""},
  {"metrics-preset", Kind::text, metrics, "<name>", "detected", "names and labels of the metrics", "metrics.preset", ""},
  {"allow-idle", Kind::yes_no, metrics, "", "off", "start although the old version gets no traffic; a first install may end without a request", "", ""},
  {"seed-query", Kind::yes_no, metrics, "", "off", "also show the seed's own query", "", "", {}, "", true},
  {"probe", Kind::text, metrics, "<url>", "", "make requests of our own", "", "", {}, "", true},
  {"days", Kind::whole, metrics, "<n>", "7", "days of history that a backtest looks at, 1 to 30", "", ""},
  {"platform", Kind::words, cluster, "<name>", "by what is given", "where the workloads run", "", "KAI_PLATFORM", {}, "kubernetes|local"},
  {"file", Kind::text, cluster, "<kai.yaml>", "", "service file of a release on this machine; means --platform=local", "", ""},
  {"state-dir", Kind::text, cluster, "<dir>", "/var/lib/kai-canary; for users ~/.local/state/kai-canary", "what is kept of the releases on this machine", "", ""},
  // Output
  {"output", Kind::words, output, "<form>", "table", "form of the data on standard output (-o)", "", "", {}, "table|wide|json|yaml|name|markdown|jsonpath=TEMPLATE"},
  {"watch", Kind::yes_no, output, "", "off", "keep showing until the rollout ends (-w)", "", ""},
  {"all-namespaces", Kind::yes_no, output, "", "off", "of every namespace (-A)", "", ""},
  {"origin", Kind::yes_no, output, "", "off", "say where each value comes from", "", ""},
  {"no-headers", Kind::yes_no, output, "", "off", "tables without their first line", "", ""},
  {"wait", Kind::yes_no, output, "", "on", "stay until the rollout ends", "", ""},
  {"detach", Kind::yes_no, output, "", "off", "let a controller go on", "", "", {}, "", true},
  {"events", Kind::text, output, "<file|->", "", "JSON Lines, one object per change", "", ""},
  {"quiet", Kind::yes_no, output, "", "off", "only the last sentence and errors (-q)", "", ""},
  {"verbose", Kind::yes_no, output, "", "off", "every request and reason (-v)", "", ""},
  {"color", Kind::words, output, "<when>", "auto", "colours", "", "", {}, "auto|always|never"},
  {"log-format", Kind::words, output, "<form>", "text", "form of the log lines", "", "", {}, "text|json"},
  {"report", Kind::text, output, "<file>", "", "log of all that was judged, as JSON Lines, for kai-canary report", "", ""},
  {"replay", Kind::yes_no, output, "", "off", "judge what was logged once more and compare every verdict", "", ""},
  {"ci", Kind::words, output, "<name>", "", "output for a CI system", "", "", {}, "auto|none|github|gitlab|azure|teamcity", true},
  // Overrides
  {"yes", Kind::yes_no, overrides, "", "off", "do not ask", "", ""},
  {"reason", Kind::text, overrides, "<text>", "", "why something is overridden; recorded", "", ""},
  {"skip-check", Kind::list, overrides, "<id>", "", "preflight checks to leave out, e.g. P5; recorded", "", ""},
  {"force", Kind::yes_no, overrides, "", "off", "roll back to a revision that failed", "", ""},
  {"insecure-skip-tls-verify", Kind::yes_no, overrides, "", "off", "allow writes to an API server that is not verified", "", "", {}, "", false, true},
  {"steal", Kind::yes_no, overrides, "", "off", "take the rollout over from a live holder", "", "", {}, "", true},
});
// clang-format on

constexpr std::array<std::string_view, 5> config_only{
    "services", "autoPromote", "autoRollback", "metrics.prometheus.enabled", "services.auto"};

}  // namespace

std::span<const Option> all_options() { return table; }

bool has_word(const Option& option, std::string_view word) {
  std::string_view words = option.words;
  while (!words.empty()) {
    const std::size_t bar = words.find('|');
    const std::string_view known = words.substr(0, bar);
    const std::string_view start = known.substr(0, known.find('=') + 1);  // empty without "="
    if (start.empty() ? known == word : word.size() > start.size() && word.starts_with(start))
      return true;
    words = bar == std::string_view::npos ? std::string_view() : words.substr(bar + 1);
  }
  return false;
}

const Option* find_option(std::string_view name) {
  for (const Option& option : table) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

const Option* find_option_by_key(std::string_view key) {
  if (key.empty()) return nullptr;
  for (const Option& option : table) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string environment_name(const Option& option) {
  std::string name = "KAI_CANARY_";
  for (const char c : option.name) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::span<const std::string_view> config_only_keys() { return config_only; }

}  // namespace kai::core
