#include "app/verbs.h"

#include <array>

#include "app/commands/commands.h"

namespace kai::app {
namespace {

constexpr std::size_t no = 0, one = 1, two = 2;

// clang-format off
constexpr std::array verbs{
    Verb{"deploy", "RELEASE CHART", two, two, "canary the new version, then promote it or roll it back", run_deploy},
    Verb{"helm-deploy", "", no, no, "the same, with the options of helm-deploy.sh", run_helm_deploy},
    Verb{"plan", "[RELEASE CHART]", no, two, "what a rollout would do, and why it could not start; changes nothing", run_plan},
    Verb{"status", "[RELEASE]", no, one, "where the rollout of a release is (-w: until it ends)", run_status},
    Verb{"list", "", no, no, "the newest rollout of each release (-A: of every namespace)", run_list},
    Verb{"history", "[RELEASE]", no, one, "rollouts that ended, with the reason", run_history},
    Verb{"logs", "ROLLOUT|RELEASE", one, one, "what was kept of a failed canary", run_logs},
    Verb{"pause", "[RELEASE]", no, one, "keep the rollout at its weight", run_pause},
    Verb{"resume", "[RELEASE]", no, one, "go on with a paused rollout", run_resume},
    Verb{"promote", "[RELEASE]", no, one, "make the final check now and skip the steps that are left", run_promote},
    Verb{"abort", "[RELEASE]", no, one, "no traffic to the canary any more, and remove it; always wins", run_abort},
    Verb{"releases", "", no, no, "all Helm releases, with their last canary", run_releases},
    Verb{"versions", "[RELEASE]", no, one, "the revisions of a release", run_versions},
    Verb{"rollback", "[RELEASE [REV]]", no, two, "return to the newest good revision, or to REV", run_rollback},
    Verb{"config", "view|validate", one, one, "the effective settings (--origin: where they come from)", run_config},
    Verb{"completion", "bash|zsh|fish", one, one, "completion for a shell", run_completion},
    Verb{"version", "", no, no, "the version of this program", run_version},
};
// clang-format on

}  // namespace

std::span<const Verb> all_verbs() { return verbs; }

const Verb* find_verb(std::string_view name) {
  for (const Verb& verb : verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

}  // namespace kai::app
