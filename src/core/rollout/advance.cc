#include "core/rollout/advance.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/rollout/lower.h"
#include "core/rollout/moves.h"
#include "core/rollout/progress.h"

namespace kai::core {
namespace {

constexpr std::size_t obeyed_max = 16;
constexpr std::size_t inbox_max = 16;

void check(const Record& record, const Observation& seen) {
  KAI_CHECK(seen.elapsed >= Duration::zero());
  KAI_CHECK(seen.credited >= Duration::zero() && seen.credited <= seen.elapsed);
  KAI_CHECK(!record.plan.steps.empty() && record.step < record.plan.steps.size());
  KAI_CHECK(record.authorised.is_zero() || may_expose(record.stage));
}

bool knows(const Record& record, const Command& command) {
  const auto same = [&](const Command& other) { return other.id == command.id; };
  return std::ranges::find(record.obeyed, command.id) != record.obeyed.end() ||
         std::ranges::any_of(record.inbox, same);
}

// New commands into the inbox. An abort always finds room.
Record accept(Record record, const Observation& seen) {
  for (const Command& command : seen.commands) {
    if (knows(record, command)) continue;
    if (record.inbox.size() >= inbox_max && command.verb != Verb::abort) continue;
    record.inbox.push_back(command);
  }
  return record;
}

// Every command in the inbox was looked at by this tick: either it was obeyed, or it says nothing
// any more.
Record answer(Record record) {
  for (const Command& command : record.inbox) record.obeyed.push_back(command.id);
  record.inbox.clear();
  if (record.obeyed.size() > obeyed_max) {
    record.obeyed.erase(record.obeyed.begin(),
                        record.obeyed.end() - static_cast<std::ptrdiff_t>(obeyed_max));
  }
  return record;
}

Record ask_final_check(Record record, const std::string& who) {
  record.final_requested = true;
  record.reason = because("final_check_requested", "final check asked for by " + who);
  return record;
}

Record obey(Record record, const Command& command) {
  switch (command.verb) {
    case Verb::abort:
      return record;  // a reason to lower, looked at before this
    case Verb::pause:
      if (record.phase != Phase::progressing) return record;
      return pause(std::move(record), Weight::full(),
                   because("paused", "paused by " + command.who));
    case Verb::resume:
      if (record.phase != Phase::paused) return record;
      return resume(std::move(record), command.who);
    case Verb::promote:
      // The bake time and the steps to come are skipped, the check is not.
      if (record.phase == Phase::progressing && record.stage == Stage::bake)
        return ask_final_check(std::move(record), command.who);
      // The pass that led to the pause may be hours old: what it said then is no reason now.
      if (record.phase == Phase::paused && record.reason.code == "waits_for_promotion")
        return ask_final_check(bake_again(std::move(record)), command.who);
      return record;
  }
  return record;
}

Record obey_all(Record record) {
  const std::vector<Command> commands = record.inbox;
  for (const Command& command : commands) record = obey(std::move(record), command);
  return record;
}

Record out_of_time(Record record) {
  const Weight weight = record.authorised;
  std::string sentence = "the rollout did not end within " +
                         format_duration(record.plan.timing.timeout) + "; it was in stage " +
                         std::string(name_of(record.stage));
  if (record.reason.code == "stable_not_ready") sentence += ": " + record.reason.sentence;
  return pause(std::move(record), weight, because("timeout", std::move(sentence)));
}

Record move(Record record, const Observation& seen) {
  switch (record.phase) {
    case Phase::progressing:
      if (record.total >= record.plan.timing.timeout) return out_of_time(std::move(record));
      return progressed(std::move(record), seen);
    case Phase::paused:
      return record;
    case Phase::promoting:
      return promoted_further(std::move(record), seen);
    case Phase::promoted:
    case Phase::rolled_back:
      return settled_further(std::move(record), seen);
  }
  return record;
}

// The world was seen to be as the record wants it, and what follows is only to look on. Nothing
// that is sent rests on it and whoever takes over looks again (taken_over), so it is no decision:
// the store learns of it with the next one.
bool is_confirmation(const Record& before, const Record& after) {
  if (before.phase != after.phase) return false;
  switch (before.stage) {
    case Stage::attach:
      return after.stage == Stage::measure;
    case Stage::weigh:
      return after.stage == Stage::bake;
    case Stage::give_back:
      return after.stage == Stage::give_back && after.applied == Applied::bounded;
    case Stage::zero:
      return after.stage == Stage::drain;
    case Stage::bring_up:
    case Stage::measure:
    case Stage::size_up:
    case Stage::bake:
    case Stage::detach:
    case Stage::upgrade:
    case Stage::final_bake:
    case Stage::watch:
    case Stage::revert:
    case Stage::drain:
    case Stage::restore:
    case Stage::discard:
    case Stage::done:
      return false;
  }
  return false;
}

// The two records without what every tick counts, which is saved all the same, and without what
// was confirmed.
bool same_decision(Record a, const Record& b) {
  if (is_confirmation(b, a)) {
    a.stage = b.stage;
    a.applied = b.applied;
  }
  a.in_stage = b.in_stage;
  a.bake_credit = b.bake_credit;
  a.unknown_spent = b.unknown_spent;
  a.total = b.total;
  a.updated_at = b.updated_at;
  a.judged = b.judged;
  return a == b;
}

}  // namespace

Record advance(Record record, const Observation& seen) {
  check(record, seen);
  if (record.rollout.empty() || is_over(record)) {
    record.inbox.clear();  // idle: every command is a no-op
    return record;
  }
  const Record before = record;
  record = accept(std::move(record), seen);
  record.in_stage += seen.elapsed;
  record.total += seen.elapsed;
  if (seen.evidence.judged) record.judged = *seen.evidence.judged;
  if (auto down = lowered(record, seen)) {
    record = answer(std::move(*down));
  } else {
    const Phase phase = record.phase;
    const Stage stage = record.stage;
    record = answer(obey_all(std::move(record)));
    const bool obeyed = record.phase != phase || record.stage != stage;
    if (!obeyed) record = move(std::move(record), seen);
  }
  if (is_over(record)) record.judged = {};
  if (!same_decision(record, before)) {
    record.seq += 1;
    record.updated_at = seen.now;
  }
  return record;
}

Record taken_over(Record record) {
  record.applied = Applied::unknown;
  // Whoever was not looking had no checks, so the step's last ones are not over either.
  const Duration bake_time = record.plan.steps[record.step].bake_time;
  record.bake_credit = std::min(record.bake_credit, bake_time);
  // Whoever gave the canary weight while nobody looked started its last requests anew.
  if (record.stage == Stage::drain) return enter(std::move(record), Stage::zero);
  if (record.stage == Stage::give_back) return enter(std::move(record), Stage::give_back);
  return record;
}

int exit_code_of(const Record& record) {
  // The one pause that is no confirmed state: stable itself may not be what it was.
  const bool lost = record.reason.code == "stable_not_restored";
  if (record.phase == Phase::paused) return lost ? 64 : 11;
  if (!is_over(record)) return 64;
  switch (record.end) {
    case End::promoted:
      return 0;
    case End::refused:
      return 4;
    case End::cannot_measure:
      return 6;
    case End::failed_on_evidence:
      return 10;
    case End::not_proved:
      return 12;
    case End::promotion_failed:
      return 13;
    case End::superseded:
      return 14;
    case End::aborted:
      return 20;
    case End::none:
      return 64;
  }
  return 64;
}

}  // namespace kai::core
