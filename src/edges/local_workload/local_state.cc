#include "edges/local_workload/local_state.h"

#include <utility>

namespace kai::edges {
namespace {

using State = core::ReleaseSeen::State;

std::string text_of(const LocalRevision& revision) {
  std::string text = "revision " + std::to_string(revision.revision) + " (" + revision.tag +
                     ") is " + std::string(name_of(revision.state));
  return revision.description.empty() ? text : text + ": " + revision.description;
}

core::ReleaseSeen answer(State state, std::string detail) {
  return {.state = state, .detail = std::move(detail)};
}

core::ReleaseSeen judge_unmoved(const LocalPlan& plan, const ReleaseFile& file) {
  if (file.newest() < plan.newest_revision)
    return answer(State::superseded, "the newest revisions were removed from release.json");
  const LocalRevision* const deployed = file.deployed();
  if (deployed == nullptr) {
    return plan.is_first_install() ? answer(State::absent, "nothing is deployed")
                                   : answer(State::superseded, "nothing is deployed any more");
  }
  const bool same = deployed->revision == plan.start_revision;
  return answer(same ? State::as_started : State::superseded, text_of(*deployed));
}

}  // namespace

core::ReleaseSeen judge_local(const LocalPlan& plan, const std::string& rollout,
                              const ReleaseFile& file) {
  if (file.newest() <= plan.newest_revision) return judge_unmoved(plan, file);
  for (const LocalRevision& each : file.revisions) {
    if (each.revision > plan.newest_revision && each.rollout != rollout)
      return answer(State::superseded, text_of(each));
  }
  const LocalRevision& newest = file.revisions.back();
  const LocalRevision* const deployed = file.deployed();
  switch (newest.state) {
    case RevisionState::deployed:
      return answer(newest.returns_to > 0 ? State::reverted : State::upgraded, text_of(newest));
    case RevisionState::pending:
      return answer(State::failed, text_of(newest) + "; it was interrupted");
    case RevisionState::failed:
    case RevisionState::superseded:
      break;
  }
  const bool untouched = deployed != nullptr && deployed->revision == plan.start_revision;
  return answer(untouched ? State::reverted : State::failed, text_of(newest));
}

}  // namespace kai::edges
