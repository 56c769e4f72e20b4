#include "edges/helm/release_state.h"

#include "codec/quote.h"

namespace kai::edges {
namespace {

using State = core::ReleaseSeen::State;

std::string text_of(const RevisionSeen& seen) {
  return "revision " + std::to_string(seen.revision) + " is " + std::string(name_of(seen.status)) +
         ": " + codec::quote(seen.description);
}

core::ReleaseSeen answer(State state, std::string detail) {
  return {.state = state, .detail = std::move(detail)};
}

bool is_our_upgrade(const RevisionSeen& seen, std::string_view rollout) {
  if (seen.description == our_description(rollout)) return true;
  // While it is pending, and after it failed, the description is Helm's; then the content tells.
  return seen.is_candidate && (is_pending(seen.status) || seen.status == ReleaseStatus::failed ||
                               seen.status == ReleaseStatus::superseded);
}

// "Rollback to 3", Helm's own after a failed upgrade or ours. While it is pending the text is the
// same.
bool is_rollback(const RevisionSeen& seen, const ReleaseStart& start) {
  return start.start_revision > 0 &&
         seen.description == "Rollback to " + std::to_string(start.start_revision);
}

// A refused rollback keeps the status `failed` and says so; it changed nothing we did not start.
bool is_failed_rollback(const RevisionSeen& seen) {
  return seen.status == ReleaseStatus::failed && seen.description.starts_with("Rollback \"");
}

bool is_ours(const RevisionSeen& seen, const ReleaseStart& start, std::string_view rollout) {
  return is_our_upgrade(seen, rollout) || is_rollback(seen, start) || is_failed_rollback(seen);
}

core::ReleaseSeen judge_unmoved(const ReleaseStart& start,
                                const std::vector<RevisionSeen>& revisions) {
  if (revisions.empty()) {
    if (start.newest_revision == 0) return answer(State::absent, "no release");
    return answer(State::superseded, "the release has no record any more: it was uninstalled");
  }
  const RevisionSeen& newest = revisions.back();
  if (newest.revision < start.newest_revision) {
    return answer(State::superseded, "the records from revision " +
                                         std::to_string(newest.revision + 1) + " on were removed");
  }
  if (newest.status == ReleaseStatus::uninstalled || newest.status == ReleaseStatus::uninstalling) {
    return answer(State::superseded, text_of(newest));
  }
  const bool good =
      newest.status == ReleaseStatus::deployed || newest.revision > start.start_revision;
  return answer(good ? State::as_started : State::failed, text_of(newest));
}

}  // namespace

std::string our_description(std::string_view rollout) {
  return "kai-canary " + std::string(rollout);
}

core::ReleaseSeen judge_release(const ReleaseStart& start, std::string_view rollout,
                                const std::vector<RevisionSeen>& revisions) {
  if (revisions.empty() || revisions.back().revision <= start.newest_revision)
    return judge_unmoved(start, revisions);
  for (const RevisionSeen& seen : revisions) {
    const bool newer = seen.revision > start.newest_revision;
    if (newer && !is_ours(seen, start, rollout)) return answer(State::superseded, text_of(seen));
  }
  const RevisionSeen& newest = revisions.back();
  if (newest.status != ReleaseStatus::deployed) return answer(State::failed, text_of(newest));
  return answer(is_rollback(newest, start) ? State::reverted : State::upgraded, text_of(newest));
}

}  // namespace kai::edges
