#include "app/verbs.h"

#include <array>

#include "app/commands/commands.h"

namespace kai::app {
namespace {

constexpr std::size_t no = 0, one = 1, two = 2;

// Every verb reads these.
constexpr std::string_view everywhere = "output color verbose log-format";
// Names of options, by what a verb is about; behind "!" all but these. `cluster` goes with each but
// those and `none`.
constexpr std::string_view cluster =
    "context namespace release-namespace kubeconfig allow-exec-plugin insecure-skip-tls-verify "
    "platform file state-dir";
constexpr std::string_view
    none = "",
    of_cluster = "-", of_namespace = "all-namespaces no-headers", watched = "release watch",
    table = "release no-headers", acts = "release events report quiet yes", replayed = "replay",
    goes_back = "release rollback force yes",
    rolls_out =
        "! rollback list-releases list-versions force watch all-namespaces origin no-headers "
        "replay days",
    looks_back =
        "release days chart env values critical-services services canary-weight canary-time "
        "step-weight max-weight steps interval warm-up health-threshold latency-threshold "
        "tolerance false-alarm persist canary-replicas prometheus metrics-preset",
    plans =
        "! rollback list-releases list-versions force watch all-namespaces origin no-headers "
        "events report replay quiet days",
    original = "! watch origin file state-dir replay days",
    settings = "! watch events report replay quiet days";

constexpr std::string_view text = "table", data = "table|json|yaml|jsonpath=TEMPLATE",
                           reported = "markdown|json|yaml|jsonpath=TEMPLATE",
                           listed = "table|json|yaml|name|jsonpath=TEMPLATE",
                           widest = "table|wide|json|yaml|name|jsonpath=TEMPLATE";

// clang-format off
constexpr std::array verbs{
    Verb{"deploy", "RELEASE CHART | FILE", no, two, "canary the new version, then promote it or roll it back", data, rolls_out, run_deploy},
    Verb{"helm-deploy", "", no, no, "the same, with the options of helm-deploy.sh", data, original, run_helm_deploy},
    Verb{"plan", "[RELEASE CHART | FILE]", no, two, "what a rollout would do, and why it could not start; changes nothing", data, plans, run_plan},
    Verb{"backtest", "[RELEASE]", no, one, "what the judge would have done on the release's own past (--days); changes nothing", data, looks_back, run_backtest},
    Verb{"status", "[RELEASE]", no, one, "where the rollout of a release is (-w: until it ends)", widest, watched, run_status},
    Verb{"list", "", no, no, "the newest rollout of each release (-A: of every namespace)", widest, of_namespace, run_list},
    Verb{"history", "[RELEASE]", no, one, "rollouts that ended, with the reason", widest, table, run_history},
    Verb{"logs", "ROLLOUT|RELEASE", one, one, "what was kept of a failed canary", data, of_cluster, run_logs},
    Verb{"report", "FILE|ROLLOUT|RELEASE", one, one, "what a rollout did and why it ended (--replay: judge it once more)", reported, replayed, run_report},
    Verb{"pause", "[RELEASE]", no, one, "keep the rollout at its weight", data, acts, run_pause},
    Verb{"resume", "[RELEASE]", no, one, "go on with a paused rollout", data, acts, run_resume},
    Verb{"promote", "[RELEASE]", no, one, "make the final check now and skip the steps that are left", data, acts, run_promote},
    Verb{"abort", "[RELEASE]", no, one, "no traffic to the canary any more, and remove it; always wins", data, acts, run_abort},
    Verb{"releases", "", no, no, "all Helm releases, with their last canary", listed, of_namespace, run_releases},
    Verb{"versions", "[RELEASE]", no, one, "the revisions of a release", listed, table, run_versions},
    Verb{"rollback", "[RELEASE [REV]]", no, two, "return to the newest good revision, or to REV", text, goes_back, run_rollback},
    Verb{"config", "view|validate", one, one, "the effective settings (--origin: where they come from)", data, settings, run_config},
    Verb{"completion", "bash|zsh|fish", one, one, "completion for a shell", text, none, run_completion},
    Verb{"version", "", no, no, "the version of this program", data, none, run_version},
};
// clang-format on

bool has(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    if (words.substr(0, blank) == word) return true;
    words = blank == std::string_view::npos ? std::string_view() : words.substr(blank + 1);
  }
  return false;
}

}  // namespace

std::span<const Verb> all_verbs() { return verbs; }

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

bool reads(const Verb& verb, std::string_view option) {
  if (has(everywhere, option)) return true;
  if (verb.options.starts_with('!')) return !has(verb.options, option);
  return verb.options != none && (has(cluster, option) || has(verb.options, option));
}

}  // namespace kai::app
