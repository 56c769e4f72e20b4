#include "core/rollout/moves.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace kai::core {
namespace {

// The first stage of the way out. A route that was never touched needs no zero and no restore.
Stage way_out(const Record& record) { return record.route_touched ? Stage::zero : Stage::discard; }

}  // namespace

Record enter(Record record, Stage stage) {
  record.stage = stage;
  record.in_stage = Duration::zero();
  return record;
}

Record roll_back(Record record, End end, Reason reason) {
  record.phase = Phase::rolled_back;
  record.settled = false;
  record.end = end;
  record.reason = std::move(reason);
  record.authorised = Weight::zero();
  record.applied = Applied::unknown;
  const Stage stage = way_out(record);
  return enter(std::move(record), stage);
}

Record pause(Record record, Weight at_most, Reason reason) {
  if (record.phase != Phase::paused) {
    record.paused_from = record.phase;
    record.paused_stage = record.stage;
  }
  record.phase = Phase::paused;
  record.reason = std::move(reason);
  if (at_most < record.authorised) {
    record.authorised = at_most;
    record.applied = Applied::unknown;
  }
  record.in_stage = Duration::zero();
  return record;
}

Record resume(Record record, const std::string& who) {
  KAI_CHECK(record.phase == Phase::paused);
  record.phase = record.paused_from;
  const bool anew = record.judged.failed;  // else it would fail again at once
  record.reason = because("resumed", "resumed by " + who + (anew ? "; judged anew from here" : ""));
  if (anew) record.judged = {};
  record.unknown_spent = Duration::zero();
  record.total = Duration::zero();
  const Stage stage = record.paused_stage;
  const bool weighed = stage == Stage::weigh || stage == Stage::bake || stage == Stage::size_up;
  if (record.phase != Phase::progressing || !weighed) return enter(std::move(record), stage);
  // Pausing may have lowered the weight. Getting it back is a raise from a weight that has no proof
  // yet, so the ladder starts again at the first step that is not below the weight that is live.
  while (record.step > 0 && record.plan.steps[record.step].weight > record.authorised)
    record.step -= 1;
  if (record.step == 0) record.last_pass.reset();
  record.bake_credit = Duration::zero();
  record.final_requested = false;
  return enter(std::move(record), Stage::size_up);
}

Record bake_again(Record record) {
  KAI_CHECK(record.phase == Phase::paused && record.paused_from == Phase::progressing);
  record.phase = Phase::progressing;
  record.unknown_spent = record.total = record.bake_credit = Duration::zero();
  return enter(std::move(record), Stage::bake);
}

bool is_superseded(const Observation& seen) {
  return seen.release && seen.release->state == ReleaseSeen::State::superseded &&
         seen.release->helm != ReleaseSeen::Helm::running;
}

Record promote(Record record, Reason reason) {
  record.phase = Phase::promoting;
  record.reason = std::move(reason);
  record.authorised = Weight::zero();
  record.applied = Applied::unknown;
  return enter(std::move(record), record.route_touched ? Stage::give_back : Stage::upgrade);
}

Record revert(Record record, End end, Reason reason) {
  record.end = end;
  record.reason = std::move(reason);
  return enter(std::move(record), Stage::revert);
}

Record lose_capacity(Record record, Reason reason) {
  record.authorised = Weight::zero();
  record.applied = Applied::unknown;
  record.bake_credit = Duration::zero();
  record.final_requested = false;
  record.capacity_losses += 1;
  record.reason = std::move(reason);
  return record.phase == Phase::progressing ? enter(std::move(record), Stage::size_up) : record;
}

Reason because(std::string_view code, std::string sentence) {
  return {.code = std::string(code), .sentence = std::move(sentence)};
}

bool may_expose(Stage stage) {
  switch (stage) {
    case Stage::size_up:
    case Stage::weigh:
    case Stage::bake:
      return true;
    case Stage::bring_up:
    case Stage::attach:
    case Stage::measure:
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
      return false;
  }
  return false;
}

}  // namespace kai::core
