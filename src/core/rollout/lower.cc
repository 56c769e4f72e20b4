#include "core/rollout/lower.h"

#include <array>
#include <utility>

#include "core/plan/pods_word.h"
#include "core/rollout/moves.h"

namespace kai::core {
namespace {

// More than this many gaps in one rollout is no bad luck any more.
constexpr std::uint32_t capacity_losses_max = 3;

using Lowered = std::optional<Record>;

// Phases in which the canary is still an open question.
bool is_open(const Record& record) {
  if (record.phase == Phase::progressing) return true;
  return record.phase == Phase::paused && record.paused_from == Phase::progressing;
}

bool is_giving_back(const Record& record) {
  return record.phase == Phase::promoting &&
         (record.stage == Stage::give_back || record.stage == Stage::detach);
}

// The release was touched, so an abort has to take that back too.
bool is_upgrading(const Record& record) {
  return record.phase == Phase::promoting &&
         (record.stage == Stage::upgrade || record.stage == Stage::final_bake);
}

// Promoted in our memory only: an abort that reached the store before that did still wins.
bool is_hardly_promoted(const Record& record, const Observation& seen) {
  return record.phase == Phase::promoted && !record.settled && !seen.durable;
}

// ... or was, when nobody knows now.
bool was_superseded(const Record& record, const Observation& seen) {
  if (record.first_install) return false;
  if (seen.release) return is_superseded(seen);
  return record.phase == Phase::paused && record.reason.code == "superseded";
}

const Command* find_abort(const Record& record) {
  for (const Command& command : record.inbox) {
    if (command.verb == Verb::abort) return &command;
  }
  return nullptr;
}

// Without a release to return to there is nothing to revert: what is installed stays, and the
// rollout is over, so that the next one may begin. While the install is still at work it only waits
// for a person, who may say it again.
Record left_as_installed(const Record& record, Reason reason) {
  reason.sentence += "; the first install is left as it is";
  if (is_upgrading(record)) return pause(record, Weight::zero(), std::move(reason));
  return roll_back(record, End::aborted, std::move(reason));
}

// Abort wins over everything and in every phase.
Lowered on_abort(const Record& record, const Observation& seen) {
  const Command* const abort = find_abort(record);
  if (abort == nullptr) return std::nullopt;
  Reason reason = because("aborted", "aborted by " + abort->who);
  if (is_open(record) || is_giving_back(record))
    return roll_back(record, End::aborted, std::move(reason));
  const bool paused_in_promotion = record.phase == Phase::paused;
  const bool released = is_upgrading(record) || is_hardly_promoted(record, seen);
  const bool reverting = record.stage == Stage::revert;
  // Our upgrade is not what is there now, so there is nothing of ours to take back.
  if ((released || paused_in_promotion || reverting) && was_superseded(record, seen)) {
    reason.sentence += "; the release is left as someone else made it";
    return roll_back(record, End::aborted, std::move(reason));
  }
  if (!released && !paused_in_promotion && record.stage != Stage::watch) return std::nullopt;
  if (record.first_install || record.start_revision == 0)
    return left_as_installed(record, std::move(reason));
  Record next = record;
  next.phase = Phase::promoting;
  return revert(std::move(next), End::aborted, std::move(reason));
}

// Somebody of this rollout lowered the canary and could not save it. It is our decision now, never
// something to repair upward.
Lowered on_newer_down(const Record& record, const Observation& seen) {
  if (!is_open(record) || !seen.route || !seen.route->stamp) return std::nullopt;
  const Stamp& stamp = *seen.route->stamp;
  const bool ours =
      stamp.down && stamp.rollout == record.rollout && is_newer(stamp, record.route_stamp);
  if (!ours) return std::nullopt;
  Record next = record;
  next.route_stamp = stamp;
  Reason reason = because("down_adopted",
                          "an earlier owner had lowered the canary without being able to save it");
  if (seen.route->live.is_zero())
    return roll_back(std::move(next), End::not_proved, std::move(reason));
  return pause(std::move(next), seen.route->live, std::move(reason));
}

Lowered on_failed_verdict(const Record& record, const Observation& seen) {
  const auto& verdict = seen.evidence.verdict;
  if (!verdict || verdict->outcome != Outcome::fail) return std::nullopt;
  Reason reason = because(name_of(verdict->reason), seen.evidence.sentence);
  if (record.phase == Phase::promoting && record.stage == Stage::watch) {
    return pause(record, Weight::zero(), std::move(reason));  // no stable arm exists to go back to
  }
  if (!is_open(record) || record.authorised.is_zero()) return std::nullopt;
  if (record.plan.policy.on_fail == OnFail::rollback) {
    return roll_back(record, End::failed_on_evidence, std::move(reason));
  }
  if (record.phase == Phase::paused) return std::nullopt;  // frozen already
  return pause(record, record.authorised, std::move(reason));
}

Lowered on_over_delivery(const Record& record, const Observation& seen) {
  if (!seen.evidence.over_delivered || !is_open(record)) return std::nullopt;
  return roll_back(
      record, End::not_proved,
      because("over_delivered",
              "the data plane sends the canary more than its weight: " + seen.evidence.sentence));
}

// Its pods cannot run. At weight zero too: a pull error fails in seconds, not at a deadline.
Lowered on_fatal_pods(const Record& record, const Observation& seen) {
  if (record.phase != Phase::progressing || !seen.workload || !seen.workload->canary.fatal)
    return std::nullopt;
  return roll_back(record, End::failed_on_evidence, *seen.workload->canary.fatal);
}

// The server's no says nothing about the canary. Before any weight nothing has happened, so the
// rollout is refused; after that the step can never be proved, and what runs returns to stable.
Lowered on_refused_clones(const Record& record, const Observation& seen) {
  if (record.phase != Phase::progressing || !seen.clones_refused) return std::nullopt;
  return roll_back(record, record.exposed ? End::not_proved : End::refused, *seen.clones_refused);
}

Lowered on_other_digests(const Record& record, const Observation& seen) {
  if (!is_open(record) || !seen.workload || seen.workload->canary.digests_match)
    return std::nullopt;
  return roll_back(
      record, End::superseded,
      because("digest_changed",
              "the canary's pods do not run the image digests that were judged: the tag "
              "was moved"));
}

Lowered on_foreign_release(const Record& record, const Observation& seen) {
  if (!seen.release || seen.release->state != ReleaseSeen::State::superseded ||
      record.first_install) {
    return std::nullopt;
  }
  if (!is_open(record) && !is_giving_back(record)) return std::nullopt;
  return roll_back(
      record, End::superseded,
      because("superseded", "the release was changed by someone else: " + seen.release->detail));
}

Lowered on_missing_route(const Record& record, const Observation& seen) {
  const bool gone = seen.route && seen.route->state == RouteSeen::State::gone;
  if (!gone || !record.route_touched || (!is_open(record) && !is_giving_back(record)))
    return std::nullopt;
  return roll_back(record, End::superseded,
                   because("route_gone", "the route was deleted: " + seen.route->detail));
}

// Fewer ready pods than the weight needs: what still arrives there would be lost.
Lowered on_lost_capacity(const Record& record, const Observation& seen) {
  if (!is_open(record) || record.authorised.is_zero() || !seen.workload) return std::nullopt;
  const ArmSeen& canary = seen.workload->canary;
  if (!canary.any_service_empty && canary.carries >= record.authorised) return std::nullopt;
  if (record.capacity_losses >= capacity_losses_max) {
    return roll_back(
        record, End::failed_on_evidence,
        because("capacity_lost", "the canary's " + pods_word(record.plan) + " went away " +
                                     std::to_string(capacity_losses_max + 1) + " times"));
  }
  return lose_capacity(
      record, because("capacity_lost", "too few canary " + pods_word(record.plan) +
                                           " are ready for " + format_weight(record.authorised)));
}

// Changed since our newest write landed there. An owner who was not there when it landed knows by
// the stamp alone: with ours on it, the route had our weight.
bool is_by_another_hand(const Record& record, const RouteSeen& route) {
  return route.foreign || (route.attached && route.stamp == record.route_stamp);
}

// A weight below ours by a foreign hand is an emergency brake, in a pause too. (One above it is
// pushed down again without a decision: it is simply not what is wanted.)
Lowered on_brake(const Record& record, const Observation& seen) {
  if (!is_open(record) || record.authorised.is_zero() || !seen.route) return std::nullopt;
  const RouteSeen& route = *seen.route;
  // The lowest of several bindings counts: whoever turns one service down means it. A tenth is the
  // rounding that data planes are allowed.
  const bool lower = route.live_min.hundredths() * 10 < record.authorised.hundredths() * 9;
  if (!lower || !is_by_another_hand(record, route)) return std::nullopt;
  const std::string who = route.who.empty() ? "someone" : route.who;
  return pause(record, route.live_min,
               because("brake", who + " lowered the canary to " + format_weight(route.live_min) +
                                    "; left as it is"));
}

}  // namespace

Lowered lowered(const Record& record, const Observation& seen) {
  static constexpr std::array rules{
      on_abort,         on_newer_down,     on_failed_verdict, on_over_delivery,
      on_fatal_pods,    on_refused_clones, on_other_digests,  on_foreign_release,
      on_missing_route, on_lost_capacity,  on_brake};
  for (const auto rule : rules) {
    if (auto next = rule(record, seen)) return next;
  }
  return std::nullopt;
}

}  // namespace kai::core
