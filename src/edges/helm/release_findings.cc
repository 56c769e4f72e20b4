#include "edges/helm/release_findings.h"

#include <algorithm>
#include <utility>

#include "codec/quote.h"

namespace kai::edges {
namespace {

using ports::Finding;
using ports::Severity;

std::string named(const HelmTarget& target) {
  return "release " + codec::quote(target.release) + " in namespace " +
         codec::quote(target.name_space);
}

std::string rollback_command(const HelmTarget& target, const StoredRelease* to) {
  const std::string revision = to == nullptr ? "<revision>" : std::to_string(to->revision);
  return "helm rollback " + target.release + " " + revision + " -n " + target.name_space;
}

std::string told(const StoredRelease& release) {
  std::string text = "revision " + std::to_string(release.revision) + " is " +
                     std::string(name_of(release.status));
  if (!release.last_deployed.empty()) text += " since " + codec::printable(release.last_deployed);
  return text + " (" + codec::quote(release.description) + ")";
}

bool is_within_template(const std::string& pointer) {
  return pointer.empty() || pointer == "/spec" || pointer == "/spec/template" ||
         pointer.starts_with("/spec/template/");
}

bool is_unchanged(const ports::ObjectChange& change) {
  return change.kind == ports::ObjectChange::Kind::unchanged;
}

Severity refusal(const Candidate& candidate, std::string_view id) {
  const auto& skipped = candidate.plan.skipped_checks;
  const bool skip = std::ranges::find(skipped, id) != skipped.end();
  return candidate.plan.canary && !skip ? Severity::refused : Severity::warning;
}

const WorkloadImages* find(const std::vector<WorkloadImages>& all, const ObjectKey& key) {
  const auto found = std::ranges::find(all, key, &WorkloadImages::key);
  return found == all.end() ? nullptr : &*found;
}

// The same repository and tag, but other bytes behind it.
bool moved(const WorkloadImages& before, const WorkloadImages& after) {
  for (const std::string& image : after.images) {
    const ImageReference now = parse_image(image);
    if (now.tag.empty() || now.digest.empty()) continue;
    for (const std::string& old_image : before.images) {
      const ImageReference old = parse_image(old_image);
      const bool same_name = old.repository == now.repository && old.tag == now.tag;
      if (same_name && !old.digest.empty() && old.digest != now.digest) return true;
    }
  }
  return false;
}

}  // namespace

Finding found_elsewhere(const HelmTarget& target, const std::string& elsewhere) {
  return {.check = "P2",
          .severity = Severity::refused,
          .message =
              "there is no " + named(target) + ", but one in namespace " + codec::quote(elsewhere),
          .remedy = "name its namespace with --release-namespace=" + elsewhere};
}

const StoredRelease* deployed_revision(const std::vector<StoredRelease>& history) {
  const StoredRelease* deployed = nullptr;
  for (const StoredRelease& release : history) {
    if (release.status == ReleaseStatus::deployed) deployed = &release;
  }
  return deployed;
}

Findings check_records(const HelmTarget& target, const std::vector<StoredRelease>& history) {
  const StoredRelease& newest = history.back();
  const StoredRelease* const deployed = deployed_revision(history);
  const StoredRelease* const good = newest_good(history, newest.revision + 1);
  if (is_pending(newest.status)) {
    return {{.check = "P3",
             .severity = Severity::locked,
             .message = named(target) + " is locked: " + told(newest),
             .remedy = "wait for the Helm that holds it; if it died, `" +
                       rollback_command(target, deployed ? deployed : good) + "` repairs it"}};
  }
  if (newest.status == ReleaseStatus::uninstalled) {
    return {{.check = "P2",
             .severity = Severity::refused,
             .message =
                 named(target) + " was uninstalled and only its history is left: " + told(newest),
             .remedy = "`" + rollback_command(target, good) + "` brings it back, `helm uninstall " +
                       target.release + " -n " + target.name_space + "` drops the history"}};
  }
  if (deployed == nullptr) {
    return {{.check = "P3b",
             .severity = Severity::refused,
             .message = named(target) + " has no deployed revision: " + told(newest),
             .remedy = good ? "`" + rollback_command(target, good) + "`"
                            : "install or repair the release with Helm first"}};
  }
  const StoredRelease* const landing = helm_rollback_target(history);
  if (landing != deployed) {
    return {{.check = "P3b",
             .severity = Severity::refused,
             .message = "Helm's own rollback of " + named(target) + " would land on revision " +
                        std::to_string(landing->revision) + ", not on the deployed revision " +
                        std::to_string(deployed->revision),
             .remedy = "`" + rollback_command(target, good == nullptr ? deployed : good) +
                       "` makes the good revision the newest"}};
  }
  return {};
}

Findings check_changes(const Candidate& candidate) {
  if (!candidate.plan.canary || candidate.first_install) return {};
  const auto& changes = candidate.changes;
  const bool any = std::ranges::any_of(changes, [&](const ports::ObjectChange& change) {
    return can_be_canaried(change, candidate.rendered.documents);
  });
  if (any) return {};
  const auto changed = std::ranges::count_if(
      changes, [](const ports::ObjectChange& change) { return !is_unchanged(change); });
  if (changed == 0) {
    return {{.check = "P9",
             .severity = Severity::refused,
             .message = "nothing to canary: the release runs already what would be installed",
             .remedy = "give another --tag or other values"}};
  }
  return {
      {.check = "P9",
       .severity = Severity::refused,
       .message =
           "nothing to canary: " + std::to_string(changed) +
           " object(s) change, but no pod template and no configuration that a pod template names",
       .remedy = "upgrade without --canary"}};
}

Findings check_determinism(const Candidate& candidate) {
  Findings findings;
  for (const auto& [key, pointers] : candidate.rendered.volatiles) {
    const bool pods = is_workload(key) && std::ranges::any_of(pointers, is_within_template);
    const bool refused =
        pods && candidate.plan.canary && !candidate.plan.inputs.allow_nondeterministic;
    std::string places;
    for (const std::string& pointer : pointers)
      places += (places.empty() ? "" : ", ") + codec::printable(pointer);
    findings.push_back(
        {.check = "render",
         .severity = refused ? Severity::refused : (pods ? Severity::warning : Severity::note),
         .message = to_text(key) + " renders differently each time at " + places,
         .remedy = pods ? "every upgrade restarts these pods, so what is promoted is never quite "
                          "what was judged; make the "
                          "chart stable, or allow it with --allow-nondeterministic"
                        : "the canary has what stable has there; every upgrade, the promotion "
                          "too, makes up another value, unless the chart keeps it with `lookup`"});
  }
  return findings;
}

Findings check_mutable_tag(const Candidate& candidate) {
  const core::ChartInputs& inputs = candidate.plan.inputs;
  if (inputs.allow_mutable_tag) return {};
  const Severity severity = refusal(candidate, "P11");
  if (inputs.tag.empty() || inputs.tag == "latest") {
    const std::string what = inputs.tag.empty() ? "no tag is given" : "the tag is 'latest'";
    return {{.check = "P11",
             .severity = severity,
             .message = what + ": what is judged may not be what runs tomorrow",
             .remedy = "give --tag=<version>, or allow it with --allow-mutable-tag"}};
  }
  Findings findings;
  const auto before = images_of(candidate.stable);
  for (const WorkloadImages& after : images_of(candidate.rendered.documents)) {
    const WorkloadImages* const old = find(before, after.key);
    if (old == nullptr || !moved(*old, after)) continue;
    findings.push_back(
        {.check = "P11",
         .severity = severity,
         .message = to_text(after.key) + " keeps its tag, but another digest stands behind it",
         .remedy = "give the new image a tag of its own, or allow it with --allow-mutable-tag"});
  }
  return findings;
}

Findings check_hooks(const Candidate& candidate) {
  if (candidate.rendered.hooks.empty()) return {};
  std::string hooks;
  for (const std::string& hook : candidate.rendered.hooks)
    hooks += (hooks.empty() ? "" : ", ") + hook;
  return {{.check = "P19",
           .severity = Severity::warning,
           .message = "the chart has hooks: " + hooks +
                      "; Helm runs them at the promotion, not before: the canary runs "
                      "with what is there now",
           .remedy = "see that the new version works before its migrations"}};
}

std::vector<ObjectKey> missed_by_tag(const Candidate& candidate) {
  const std::string& tag = candidate.plan.inputs.tag;
  if (tag.empty()) return {};
  const auto images = images_of(candidate.rendered.documents);
  std::vector<ObjectKey> missed;
  for (const ObjectKey& key : candidate.selected) {
    const WorkloadImages* const workload = find(images, key);
    if (workload != nullptr && !carries(*workload, tag)) missed.push_back(key);
  }
  if (!candidate.selected.empty()) return missed;
  // Nobody was named, so somebody has to have it.
  const bool any = std::ranges::any_of(
      images, [&](const WorkloadImages& workload) { return carries(workload, tag); });
  if (any) return {};
  for (const WorkloadImages& workload : images) missed.push_back(workload.key);
  return missed;
}

Finding tag_missed(const Candidate& candidate, const ObjectKey& workload,
                   const std::string& remedy) {
  const auto images = images_of(candidate.rendered.documents);
  const WorkloadImages* const found = find(images, workload);
  std::string runs;
  if (found != nullptr) {
    for (const std::string& image : found->images)
      runs += (runs.empty() ? "" : ", ") + codec::quote(image);
  }
  return {.check = "P10",
          .severity = refusal(candidate, "P10"),
          .message = "tag " + codec::quote(candidate.plan.inputs.tag) + " does not reach " +
                     to_text(workload) + ", which would run " + runs,
          .remedy = remedy.empty() ? "no values path that ends in 'tag' or 'image' changes its "
                                     "image: look into the chart's template"
                                   : "add " + remedy};
}

}  // namespace kai::edges
