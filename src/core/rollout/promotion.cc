// Promotion, and the way out of a rollout: the two parts of progress.h in which nothing is judged
// by evidence any more, but the world is brought to what was decided.
#include <utility>

#include "base/check.h"
#include "core/plan/pods_word.h"
#include "core/rollout/advance.h"
#include "core/rollout/moves.h"
#include "core/rollout/progress.h"

namespace kai::core {
namespace {

// Somebody gave our entry weight again after it was at zero: it may not go while it carries any.
bool carries_weight(const Observation& seen) {
  return seen.route && seen.route->attached && !seen.route->live.is_zero();
}

Record finish_promotion(Record record, const Observation& seen) {
  record.phase = Phase::promoted;
  record.end = End::promoted;
  record.settled = false;
  if (record.reason.code == "resumed")
    record.reason = because("every_step_passed", seen.evidence.sentence);
  return enter(std::move(record), Stage::discard);
}

// In-flight requests of the last weight finish while the entry still stands at zero: an entry may
// go only after that. The time for it begins when zero is applied, not when it is decided.
Record give_back(Record record, const Observation& seen) {
  if (carries_weight(seen)) record.applied = Applied::unknown;
  if (!is_applied(record, seen)) return record;
  if (record.applied == Applied::unknown) {
    record.applied = Applied::bounded;
    return enter(std::move(record), Stage::give_back);
  }
  if (record.in_stage < record.plan.timing.drain) return record;
  return enter(std::move(record), Stage::detach);
}

Record detach(Record record, const Observation& seen) {
  if (carries_weight(seen)) return enter(std::move(record), Stage::give_back);
  if (!seen.restored) return record;
  record.route_touched = false;
  return enter(std::move(record), Stage::upgrade);
}

// Helm said no, or said yes and the release is not what it should be.
Record upgrade_failed(Record record, std::string why) {
  if (record.first_install) {
    return pause(
        std::move(record), Weight::zero(),
        because("install_failed", "the first install failed and is left for a person: " + why));
  }
  return revert(std::move(record), End::promotion_failed,
                because("promotion_failed", std::move(why)));
}

bool stable_is_good(const Observation& seen) {
  return seen.workload && seen.workload->stable_is_candidate && seen.workload->stable.ready &&
         seen.workload->stable.digests_match && seen.workload->stable.restarts == 0;
}

// Neither the upgrade nor the way back may go over somebody else's release.
Record superseded(Record record, const Observation& seen) {
  return pause(std::move(record), Weight::zero(),
               because("superseded", "the release was changed by someone else in the promotion: " +
                                         seen.release->detail));
}

Record upgrade(Record record, const Observation& seen) {
  if (is_superseded(seen)) return superseded(std::move(record), seen);
  if (seen.workload && seen.workload->stable.fatal) {
    return upgrade_failed(std::move(record), seen.workload->stable.fatal->sentence);
  }
  if (!seen.release || seen.release->helm == ReleaseSeen::Helm::running) return record;
  switch (seen.release->state) {
    case ReleaseSeen::State::upgraded: {
      const Stage next = record.first_install ? Stage::watch : Stage::final_bake;
      record.bake_credit = Duration::zero();
      return enter(std::move(record), next);
    }
    case ReleaseSeen::State::reverted:
    case ReleaseSeen::State::failed:
      return upgrade_failed(std::move(record), seen.release->detail);
    case ReleaseSeen::State::superseded:
      return superseded(std::move(record), seen);
    case ReleaseSeen::State::absent:
    case ReleaseSeen::State::as_started:
      if (seen.release->helm != ReleaseSeen::Helm::failed) return record;  // not begun yet
      return upgrade_failed(std::move(record), seen.release->detail);
  }
  return record;
}

Record final_bake(Record record, const Observation& seen) {
  if (is_superseded(seen)) return superseded(std::move(record), seen);
  if (seen.workload && seen.workload->stable.fatal) {
    return upgrade_failed(std::move(record), seen.workload->stable.fatal->sentence);
  }
  if (seen.workload && seen.workload->stable.restarts > 0) {
    const std::string what(a_pod_word(record.plan));
    return upgrade_failed(std::move(record),
                          what + " of the upgraded release restarted in the final bake");
  }
  if (stable_is_good(seen)) record.bake_credit += seen.credited;
  if (record.bake_credit >= record.plan.timing.final_bake)
    return finish_promotion(std::move(record), seen);
  const Duration within = record.plan.timing.final_bake + record.plan.timing.ready_within;
  if (record.in_stage < within) return record;
  if (!seen.workload) {  // unknown is no failure: nothing is taken back on it
    return pause(std::move(record), Weight::zero(),
                 because("cannot_look", "the upgraded release could not be looked at within " +
                                            format_duration(within)));
  }
  return upgrade_failed(std::move(record),
                        "the upgraded release did not stay complete and available");
}

// Nothing was wrong with what was seen, and not every service was asked for anything: for whoever
// said that this may be so.
bool is_allowed_idle(const Record& record, const Observation& seen) {
  const auto& verdict = seen.evidence.verdict;
  return record.plan.metrics.allow_idle && verdict && verdict->outcome == Outcome::inconclusive &&
         verdict->reason == VerdictReason::no_canary_traffic;
}

std::string words_of_install(const EvidenceSeen& evidence, bool idle) {
  const std::string installed = "installed; no baseline to compare with";
  if (!idle) return installed + ": " + evidence.sentence;
  if (evidence.canary_requests == 0) return installed + ", and no request came: nothing was judged";
  return installed + ": " + evidence.sentence + "; what got no request was not judged";
}

// First install: absolute limits only, there is nothing to compare with.
Record watch(Record record, const Observation& seen) {
  if (seen.evidence.state == EvidenceSeen::State::unavailable) record.unknown_spent += seen.elapsed;
  if (seen.evidence.verdict) record.unknown_spent = Duration::zero();
  const bool blind = record.unknown_spent >= record.plan.policy.unknown_budget ||
                     seen.evidence.state == EvidenceSeen::State::rejected;
  if (blind) {
    return pause(std::move(record), Weight::zero(),
                 because("cannot_measure", "cannot measure: " + seen.evidence.sentence));
  }
  if (seen.workload && seen.workload->stable.fatal) {
    return pause(std::move(record), Weight::zero(), *seen.workload->stable.fatal);
  }
  const bool looking = seen.evidence.state == EvidenceSeen::State::fresh && seen.workload &&
                       seen.workload->stable.ready;
  if (looking) record.bake_credit += seen.credited;
  const Duration time = record.plan.timing.canary_time;
  if (!seen.evidence.verdict || record.bake_credit < time) {
    if (record.in_stage < time + record.plan.policy.unknown_budget) return record;
    return pause(std::move(record), Weight::zero(),
                 because("not_proved", "not proved: " + seen.evidence.sentence));
  }
  const bool idle = is_allowed_idle(record, seen);
  if (seen.evidence.verdict->outcome != Outcome::pass && !idle) return record;
  record.reason = because("no_baseline", words_of_install(seen.evidence, idle));
  return finish_promotion(std::move(record), seen);
}

Record revert_further(Record record, const Observation& seen) {
  if (is_superseded(seen)) return superseded(std::move(record), seen);
  const bool idle = seen.release && seen.release->helm != ReleaseSeen::Helm::running;
  const bool back = idle && (seen.release->state == ReleaseSeen::State::reverted ||
                             seen.release->state == ReleaseSeen::State::as_started);
  if (back && seen.workload && seen.workload->stable.ready && seen.workload->stable_is_as_started) {
    record.phase = Phase::rolled_back;
    record.settled = false;
    return enter(std::move(record), Stage::discard);
  }
  const Duration within = 2 * record.plan.timing.helm_timeout + record.plan.timing.ready_within;
  if (record.in_stage < within) return record;
  Reason reason = because("stable_not_restored",
                          record.reason.sentence + "; and stable could not be confirmed as it was");
  // `end` stays: a person who resumes gets it when stable is confirmed after all.
  return pause(std::move(record), Weight::zero(),
               std::move(reason));  // nothing is discarded: it may be the only good copy
}

bool is_gone(const Observation& seen) {
  return seen.route && seen.route->state == RouteSeen::State::gone;
}

Record drain(Record record, const Observation& seen) {
  if (carries_weight(seen)) return enter(std::move(record), Stage::zero);
  const bool enough = !record.exposed || record.in_stage >= record.plan.timing.drain;
  if (!enough || (!is_applied(record, seen) && !is_gone(seen))) return record;
  return enter(std::move(record), Stage::restore);
}

Record zero(Record record, const Observation& seen) {
  if (!is_applied(record, seen) && !is_gone(seen)) return record;
  record.applied = Applied::bounded;
  const Stage next = is_gone(seen) ? Stage::discard : Stage::drain;
  return enter(std::move(record), next);
}

Record restore(Record record, const Observation& seen) {
  if (carries_weight(seen)) return enter(std::move(record), Stage::zero);
  if (!seen.restored && !is_gone(seen)) return record;
  record.route_touched = false;
  return enter(std::move(record), Stage::discard);
}

Record discard(Record record, const Observation& seen) {
  const bool nothing_ours = record.first_install || !record.plan.canary;
  if (!seen.discarded && !nothing_ours) return record;
  record.settled = true;
  return enter(std::move(record), Stage::done);
}

}  // namespace

Record promoted_further(Record record, const Observation& seen) {
  switch (record.stage) {
    case Stage::give_back:
      return give_back(std::move(record), seen);
    case Stage::detach:
      return detach(std::move(record), seen);
    case Stage::upgrade:
      return upgrade(std::move(record), seen);
    case Stage::final_bake:
      return final_bake(std::move(record), seen);
    case Stage::watch:
      return watch(std::move(record), seen);
    case Stage::revert:
      return revert_further(std::move(record), seen);
    case Stage::bring_up:
    case Stage::attach:
    case Stage::measure:
    case Stage::size_up:
    case Stage::weigh:
    case Stage::bake:
    case Stage::zero:
    case Stage::drain:
    case Stage::restore:
    case Stage::discard:
    case Stage::done:
      break;
  }
  KAI_UNREACHABLE("a promoting rollout is in a stage of another phase");
  return record;
}

Record settled_further(Record record, const Observation& seen) {
  switch (record.stage) {
    case Stage::zero:
      return zero(std::move(record), seen);
    case Stage::drain:
      return drain(std::move(record), seen);
    case Stage::restore:
      return restore(std::move(record), seen);
    case Stage::discard:
      return discard(std::move(record), seen);
    case Stage::done:
      return record;
    case Stage::bring_up:
    case Stage::attach:
    case Stage::measure:
    case Stage::size_up:
    case Stage::weigh:
    case Stage::bake:
    case Stage::give_back:
    case Stage::detach:
    case Stage::upgrade:
    case Stage::final_bake:
    case Stage::watch:
    case Stage::revert:
      break;
  }
  KAI_UNREACHABLE("an ended rollout is in a stage of another phase");
  return record;
}

}  // namespace kai::core
