#include "core/rollout/progress.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/plan/pods_word.h"
#include "core/rollout/advance.h"
#include "core/rollout/moves.h"

namespace kai::core {
namespace {

// A verdict that stays inconclusive for this many checks after the bake time is what the policy is
// for.
constexpr int overtime_checks = 2;

constexpr Duration unsaved_raise_max = std::chrono::seconds(4);

const Step& step_of(const Record& record) { return record.plan.steps[record.step]; }

bool is_last_step(const Record& record) { return record.step + 1 == record.plan.steps.size(); }

bool canary_is_ready(const Record& record, const Observation& seen) {
  return seen.workload && seen.workload->canary.ready && !seen.workload->canary.any_service_empty &&
         seen.workload->canary.carries >= step_of(record).weight;
}

// Pods that cannot be looked at are not late: the time-out of the whole rollout is for those.
bool is_late(const Record& record, const Observation& seen) {
  return record.in_stage >= record.plan.timing.ready_within && seen.workload &&
         !canary_is_ready(record, seen);
}

Record not_ready_in_time(Record record) {
  const std::string sentence = "the canary's " + pods_word(record.plan) +
                               " did not get ready within " +
                               format_duration(record.plan.timing.ready_within);
  return roll_back(std::move(record), End::failed_on_evidence, because("not_ready", sentence));
}

Record not_applied_in_time(Record record, const Observation& seen) {
  std::string sentence = "the route did not take the weight within " +
                         format_duration(record.plan.timing.applied_within);
  if (seen.route && !seen.route->detail.empty()) sentence += ": " + seen.route->detail;
  return roll_back(std::move(record), End::not_proved, because("not_applied", std::move(sentence)));
}

Record bring_up(Record record, const Observation& seen) {
  if (canary_is_ready(record, seen)) {
    record.route_touched = true;  // from the save on, the entry may be there
    return enter(std::move(record), Stage::attach);
  }
  return is_late(record, seen) ? not_ready_in_time(std::move(record)) : record;
}

Record attach(Record record, const Observation& seen) {
  const bool refused = seen.route && seen.route->state == RouteSeen::State::refused;
  if (refused || record.in_stage >= record.plan.timing.applied_within)
    return not_applied_in_time(std::move(record), seen);
  if (!is_applied(record, seen)) return record;
  return enter(std::move(record), Stage::measure);
}

// Pods, route and release as this very tick saw them: neither a raise nor a promotion rests on
// less.
bool is_as_expected(const Record& record, const Observation& seen) {
  const bool release_known = seen.release && seen.release->state == ReleaseSeen::State::as_started;
  const bool route_known = seen.route && seen.route->attached && !seen.route->foreign;
  return canary_is_ready(record, seen) && release_known && route_known;
}

Record raise_to_step(Record record, const Observation& seen) {
  if (!seen.durable || !is_as_expected(record, seen)) return record;
  KAI_CHECK(record.step == 0 || (record.last_pass && record.last_pass->step + 1 >= record.step));
  record.authorised = step_of(record).weight;
  record.applied = Applied::unknown;
  record.exposed = true;
  record.bake_credit = Duration::zero();
  record.final_requested = false;
  record.judged.of_step = false;
  return enter(std::move(record), Stage::weigh);
}

Record cannot_measure(Record record, const std::string& why) {
  const std::string sentence =
      why.empty() ? "the canary's " + pods_word(record.plan) + " own no series" : why;
  return roll_back(std::move(record), End::cannot_measure, because("cannot_measure", sentence));
}

Record measure(Record record, const Observation& seen) {
  if (seen.evidence.state == EvidenceSeen::State::rejected ||
      record.in_stage >= record.plan.timing.applied_within) {
    return cannot_measure(std::move(record), seen.evidence.sentence);
  }
  const bool answered = seen.evidence.state == EvidenceSeen::State::fresh ||
                        seen.evidence.state == EvidenceSeen::State::no_data;
  if (!answered || !seen.evidence.arms_apart) return record;
  return raise_to_step(std::move(record), seen);
}

Record spend_unknown_budget(Record record, const Observation& seen) {
  if (seen.evidence.state == EvidenceSeen::State::unavailable) record.unknown_spent += seen.elapsed;
  if (seen.evidence.state == EvidenceSeen::State::fresh && seen.evidence.verdict)
    record.unknown_spent = Duration::zero();
  return record;
}

bool is_blind_for_good(const Record& record, const Observation& seen) {
  return seen.evidence.state == EvidenceSeen::State::rejected ||
         record.unknown_spent >= record.plan.policy.unknown_budget;
}

// No evidence for the whole budget: the weight goes down to the first step's, since nobody is
// looking.
Record on_unknown(Record record, const Observation& seen) {
  const Weight first = record.plan.steps.front().weight;
  if (seen.evidence.state == EvidenceSeen::State::rejected) {
    return pause(std::move(record), first,
                 because("cannot_measure", "cannot measure: " + seen.evidence.sentence));
  }
  std::string sentence =
      "cannot measure for " + format_duration(record.unknown_spent) + ": " + seen.evidence.sentence;
  switch (record.plan.policy.on_unknown) {
    case OnUnknown::pause:
      return pause(std::move(record), first, because("unknown_budget_spent", std::move(sentence)));
    case OnUnknown::hold:
      return record;
    case OnUnknown::rollback:
      return roll_back(std::move(record), End::not_proved,
                       because("unknown_budget_spent", std::move(sentence)));
  }
  return record;
}

// The pods of the next step. Time may pass until they are there, and the pass gets old: the raise
// waits until the source answers again.
Record size_up(Record record, const Observation& seen) {
  record = spend_unknown_budget(std::move(record), seen);
  if (is_blind_for_good(record, seen)) return on_unknown(std::move(record), seen);
  if (is_late(record, seen)) return not_ready_in_time(std::move(record));
  const bool looking =
      seen.evidence.state == EvidenceSeen::State::fresh ||
      (record.authorised.is_zero() && seen.evidence.state == EvidenceSeen::State::no_data);
  return looking ? raise_to_step(std::move(record), seen) : record;
}

Weight weight_before(const Record& record) {
  return record.step == 0 ? Weight::zero() : record.plan.steps[record.step - 1].weight;
}

// A raise that could not be saved for long rests on facts that are old by now. If the route still
// has the weight before, it is taken back and decided anew.
bool is_outdated(const Record& record, const Observation& seen) {
  if (seen.durable || record.in_stage < unsaved_raise_max) return false;
  if (!seen.route || seen.route->foreign) return false;
  const Weight live = seen.route->live;
  return live < record.authorised && (live.is_zero() || live == weight_before(record));
}

Record weigh(Record record, const Observation& seen) {
  const bool refused = seen.route && seen.route->state == RouteSeen::State::refused;
  if (refused || record.in_stage >= record.plan.timing.applied_within)
    return not_applied_in_time(std::move(record), seen);
  if (is_outdated(record, seen)) {
    record.authorised = seen.route->live;
    return enter(std::move(record), Stage::size_up);
  }
  if (!is_applied(record, seen)) return record;
  record.applied = Applied::bounded;
  return enter(std::move(record), Stage::bake);
}

// Whether a pass would promote. The sequential judge is asked for the final answer at the end of
// the last step, and not once more.
bool is_final(const Record& record) { return ask_of(record) == Ask::final; }

// `why`: of the promotion.
Record after_last_step(Record record, Reason why) {
  if (!is_final(record)) {  // once more before promotion, over all evidence of the step
    record.final_requested = true;
    return record;
  }
  const bool asked = why.code == "promoted_by_person";
  if (!record.plan.policy.promote_by_itself && !asked) {
    const Weight weight = record.authorised;
    return pause(
        std::move(record), weight,
        because("waits_for_promotion", "every check passed; waits for a person to promote"));
  }
  return promote(std::move(record), std::move(why));
}

// A promotion begins by giving all traffic back to stable: if stable cannot take it, that is an
// outage. The weight stays where it is proved until stable is complete, or the time is over.
Record wait_for_stable(Record record) {
  if (record.reason.code == "final_check_requested") return record;  // it names a person
  record.reason = because("stable_not_ready",
                          "every check passed, but stable is not complete and available, and the "
                          "promotion gives all traffic back to it first");
  return record;
}

// `why` it passed, unless it was by its evidence.
Record pass_step(Record record, const Observation& seen, std::optional<Reason> why = {}) {
  // Before a promotion everything is looked at; the next check is not far.
  if (is_final(record) && !is_as_expected(record, seen)) return record;
  if (is_final(record) && !seen.workload->stable.ready) return wait_for_stable(std::move(record));
  const bool by_person = record.reason.code == "final_check_requested";
  if (by_person && !why)
    why = because("promoted_by_person", record.reason.sentence + ": " + seen.evidence.sentence);
  record.last_pass = StepPass{.step = record.step,
                              .evidence_from = seen.evidence.from,
                              .evidence_to = seen.evidence.to,
                              .canary_requests = seen.evidence.canary_requests};
  if (!by_person) record.reason = why.value_or(because("step_passed", seen.evidence.sentence));
  if (is_last_step(record) || record.final_requested) {
    return after_last_step(std::move(record),
                           why.value_or(because("every_step_passed", seen.evidence.sentence)));
  }
  record.step += 1;
  record.bake_credit = Duration::zero();
  return enter(std::move(record), Stage::size_up);
}

// A rule that can tell what this traffic would have shown says so instead of its last verdict.
std::string unproved_sentence(const Record& record, const Observation& seen) {
  if (!seen.evidence.unproved.empty()) return seen.evidence.unproved;
  return "not proved in " + format_duration(record.bake_credit) + ": " + seen.evidence.sentence;
}

Record not_proved(Record record, const Observation& seen) {
  Reason reason = because("not_proved", unproved_sentence(record, seen));
  const bool says_policy = !seen.evidence.unproved.empty();
  const Weight weight = record.authorised;
  switch (record.plan.policy.on_inconclusive) {
    case OnInconclusive::pause:
      if (says_policy) reason.sentence += "; paused by policy";
      return pause(std::move(record), weight, std::move(reason));
    case OnInconclusive::rollback:
      if (says_policy) reason.sentence += "; rolled back by policy";
      return roll_back(std::move(record), End::not_proved, std::move(reason));
    case OnInconclusive::promote:
      reason.sentence += "; taken as passed by the policy onInconclusive: promote";
      return pass_step(std::move(record), seen, std::move(reason));
  }
  return record;
}

// How much longer than planned a step may take until something is proved. Evidence grows with time,
// so the sequential judge gets the planned time once more.
Duration overtime_of(const Record& record) {
  const Duration checks = overtime_checks * record.plan.timing.interval;
  const bool sequential = record.plan.limits.judge == JudgeRule::sequential;
  return sequential ? std::max(checks, step_of(record).bake_time) : checks;
}

Record bake(Record record, const Observation& seen) {
  record = spend_unknown_budget(std::move(record), seen);
  if (is_blind_for_good(record, seen)) return on_unknown(std::move(record), seen);

  // Only fresh answers earn time: traffic that stopped is one (its verdict says so), a source with
  // nothing new is none.
  const bool looking = seen.evidence.state == EvidenceSeen::State::fresh;
  if (is_applied(record, seen) && seen.workload && looking) record.bake_credit += seen.credited;
  const Duration bake_time = step_of(record).bake_time;
  if (record.bake_credit < bake_time && !record.final_requested) return record;
  if (!seen.evidence.verdict) return record;  // a step ends by a check, in either way
  if (seen.evidence.verdict->outcome == Outcome::pass) return pass_step(std::move(record), seen);
  const bool overtime = record.bake_credit >= bake_time + overtime_of(record);
  return overtime ? not_proved(std::move(record), seen) : record;
}

}  // namespace

bool is_applied(const Record& record, const Observation& seen) {
  if (!seen.route || seen.route->state != RouteSeen::State::applied) return false;
  // Whoever took our entry out did what a zero asks for.
  if (!seen.route->attached) {
    return record.authorised.is_zero() && seen.route->live.is_zero() && !may_expose(record.stage) &&
           record.stage != Stage::attach;
  }
  if (seen.route->foreign) return false;
  // Data planes round down, to a tenth of the weight at most (the router's plan refuses coarser
  // ones).
  const std::int32_t most = record.authorised.hundredths();
  return seen.route->live.hundredths() <= most &&
         seen.route->live_min.hundredths() * 10 >= most * 9;
}

Record progressed(Record record, const Observation& seen) {
  switch (record.stage) {
    case Stage::bring_up:
      return bring_up(std::move(record), seen);
    case Stage::attach:
      return attach(std::move(record), seen);
    case Stage::measure:
      return measure(std::move(record), seen);
    case Stage::size_up:
      return size_up(std::move(record), seen);
    case Stage::weigh:
      return weigh(std::move(record), seen);
    case Stage::bake:
      return bake(std::move(record), seen);
    case Stage::give_back:
    case Stage::detach:
    case Stage::upgrade:
    case Stage::final_bake:
    case Stage::watch:
    case Stage::revert:
    case Stage::zero:
    case Stage::drain:
    case Stage::restore:
    case Stage::discard:
    case Stage::done:
      break;
  }
  KAI_UNREACHABLE("a progressing rollout is in a stage of another phase");
  return record;
}

}  // namespace kai::core
