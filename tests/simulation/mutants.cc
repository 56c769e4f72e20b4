#include "mutants.h"

#include <utility>

namespace kai::simulation {
namespace {

using core::Observation;
using core::Outcome;
using core::Phase;
using core::Record;
using core::Stage;

// The engine calls a free function, which has no other way to hear of the world it is in.
Mutant current = Mutant::none;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

void turn_verdict(Observation& seen, Outcome from) {
  auto& verdict = seen.evidence.verdict;
  if (verdict && verdict->outcome == from) verdict->outcome = Outcome::pass;
}

void blind_to_pods(Observation& seen) {
  if (!seen.workload) return;
  seen.workload->canary.ready = true;
  seen.workload->canary.any_service_empty = false;
  seen.workload->canary.carries = core::Weight::full();
}

void drop_aborts(Record& record, Observation& seen) {
  const auto is_abort = [](const core::Command& command) {
    return command.verb == core::Verb::abort;
  };
  std::erase_if(record.inbox, is_abort);
  if (std::erase_if(seen.commands, is_abort) > 0) record.seq += 1;
}

// What the decision is told wrongly.
void mislead(Record& record, Observation& seen) {
  switch (current) {
    case Mutant::blind_to_pods:
      return blind_to_pods(seen);
    case Mutant::skips_drain:
      if (record.stage == Stage::drain) record.in_stage = std::chrono::hours(1);
      return;
    case Mutant::unknown_is_pass:
      return turn_verdict(seen, Outcome::inconclusive);
    case Mutant::fail_is_pass:
      return turn_verdict(seen, Outcome::fail);
    case Mutant::never_settles:
      seen.discarded = false;
      return;
    case Mutant::leaves_clones:
      seen.discarded = true;
      return;
    case Mutant::ignores_abort:
      return drop_aborts(record, seen);
    case Mutant::none:
    case Mutant::raises_before_save:
    case Mutant::raises_without_pass:
    case Mutant::climbs_after_rollback:
    case Mutant::reports_end_early:
    case Mutant::promotes_without_pass:
    case Mutant::bake_time_jumps:
    case Mutant::route_overshoots:
    case Mutant::route_takes_all:
    case Mutant::store_takes_all:
    case Mutant::errors_hidden:
    case Mutant::requests_invented:
    case Mutant::evidence_damaged:
      return;
  }
}

void move_on(Record& record, Phase phase, Stage stage) {
  record.phase = phase;
  record.stage = stage;
  record.in_stage = Duration::zero();
  record.seq += 1;
}

void climb_again(Record& record, const Record& before) {
  if (before.stage != Stage::zero || record.stage != Stage::drain) return;
  move_on(record, Phase::progressing, Stage::bake);
  record.authorised = record.plan.steps.front().weight;
}

void raise_with_pass(Record& record, const Record& before) {
  if (before.stage != Stage::bake || record.stage != Stage::size_up || record.step == 0) return;
  record.authorised = record.plan.steps[record.step].weight;
  move_on(record, Phase::progressing, Stage::weigh);
}

void raise_by_time(Record& record, const Record& before) {
  const bool time_is_over = before.stage == Stage::bake && record.stage == Stage::bake &&
                            record.bake_credit >= record.plan.steps[record.step].bake_time;
  if (!time_is_over || record.step + 1 >= record.plan.steps.size()) return;
  record.step += 1;
  record.bake_credit = Duration::zero();
  record.authorised = record.plan.steps[record.step].weight;
  move_on(record, Phase::progressing, Stage::weigh);
}

void promote_at_first_verdict(Record& record, const Observation& seen) {
  if (record.phase != Phase::progressing || !seen.evidence.verdict) return;
  record.authorised = core::Weight::zero();
  move_on(record, Phase::promoting, Stage::give_back);
}

// What the decision answers wrongly.
Record distort(Record record, const Record& before, const Observation& seen) {
  if (current == Mutant::climbs_after_rollback) climb_again(record, before);
  if (current == Mutant::raises_before_save) raise_with_pass(record, before);
  if (current == Mutant::raises_without_pass) raise_by_time(record, before);
  if (current == Mutant::promotes_without_pass) promote_at_first_verdict(record, seen);
  if (current == Mutant::bake_time_jumps && record.stage == Stage::bake &&
      record.bake_credit > before.bake_credit) {
    record.bake_credit += std::chrono::seconds(3);
  }
  if (current == Mutant::reports_end_early && record.phase == Phase::rolled_back) {
    record.settled = true;
  }
  return record;
}

}  // namespace

void use_mutant(Mutant mutant) { current = mutant; }

}  // namespace kai::simulation

namespace kai::core {

Record advance_under_mutant(Record record, const Observation& seen) {
  Observation told = seen;
  simulation::mislead(record, told);
  const Record before = record;
  return simulation::distort(advance(std::move(record), told), before, told);
}

}  // namespace kai::core
