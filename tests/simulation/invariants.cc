#include "invariants.h"

#include <algorithm>

#include "core/rollout/advance.h"

namespace kai::simulation {
namespace {

using core::Phase;
using core::Stage;

// Fewer requests than this may well be all good although every fifth one fails.
constexpr std::uint64_t telling_requests = 60;
// A down is repeated every half second.
constexpr Duration down_within = std::chrono::seconds(1);
// What a watch told needs no answer of anybody.
constexpr Duration down_at_once_within = std::chrono::milliseconds(10);
// A raise may rest on an answer of the source this old, saving included.
constexpr Duration evidence_age_max = std::chrono::seconds(8);
// Time at both ends of a step that the record may count and the world may not.
constexpr Duration bake_slack = std::chrono::seconds(2);

bool is_bad_and_seen(const World& world, const core::Record& record) {
  return world.faults.canary_is_bad && record.last_pass &&
         record.last_pass->canary_requests >= telling_requests;
}

bool is_rolled_back(const World& world) {
  return world.stored && world.stored->phase == Phase::rolled_back;
}

core::Weight first_step(const core::Record& record) { return record.plan.steps.front().weight; }

bool is_resumed(const core::Record& record) { return record.reason.code == "resumed"; }

// A person, who is named, skipped the rest of the ladder; the check was not skipped.
bool is_asked_for(const core::Record& record) {
  return record.reason.code == "final_check_requested" ||
         record.reason.code == "promoted_by_person";
}

void check_raise(World& world, const core::Record& before, const core::Record& after, bool blind) {
  if (after.authorised <= before.authorised) return;
  if (before.phase == Phase::rolled_back)
    world.violate("I3", "weight rose after a rollback was decided");
  if (after.authorised > first_step(after) && !before.last_pass)
    world.violate("I1", "above the first step without a durable pass");
  if (!before.authorised.is_zero() && !is_resumed(before) && !is_resumed(after)) {
    const bool passed = before.last_pass && before.last_pass->step + 1 == after.step;
    if (!passed) world.violate("I2", "raised from a weight without a durable pass of its step");
    if (blind) world.violate("I2", "raised while the metric source does not answer");
  }
}

bool is_new_pass(const core::Record& before, const core::Record& after) {
  return after.last_pass && !(before.last_pass == after.last_pass);
}

// I14, and I12: a step passes by time and requests that truly were.
void check_pass(World& world, const core::Record& before, const core::Record& after) {
  if (!is_new_pass(before, after)) return;
  const core::StepPass& pass = *after.last_pass;
  const core::Step& step = after.plan.steps[pass.step];
  const Duration applied = world.applied[step.weight];
  const bool asked = is_asked_for(before) || is_asked_for(after);
  const bool leads_on = after.phase != Phase::rolled_back;
  if (!asked && leads_on && applied + bake_slack < step.bake_time) {
    world.violate("I14", "step passed after " + format_duration(applied) + " of " +
                             format_duration(step.bake_time));
  }
  if (pass.canary_requests == 0) world.violate("I12", "a step passed without any request");
  const auto served = static_cast<std::uint64_t>(world.served.canary_since_raise);
  if (pass.canary_requests > served + 1) {
    world.violate("I12", "a step passed on " + std::to_string(pass.canary_requests) + " of " +
                             std::to_string(served) + " requests");
  }
  if (is_bad_and_seen(world, after)) world.violate("I12", "a canary with 20% errors passed a step");
}

// I30: what the judge has taken in truly was, each request once, and none of it is forgotten.
void check_judged(World& world, const core::Record& before, const core::Record& after) {
  const core::Judged& judged = after.judged;
  world.frames_max = std::max(world.frames_max, judged.frames);
  const double slack = 1;  // half requests at both ends
  if (static_cast<double>(judged.canary_requests) > world.served.canary + slack ||
      static_cast<double>(judged.all_requests) > world.served.all + slack) {
    world.violate("I30", "the judge counted " + std::to_string(judged.canary_requests) + " of " +
                             std::to_string(judged.all_requests) +
                             " requests, more than there were");
  }
  const bool anew = core::is_over(after) || (before.judged.failed && is_resumed(after));
  if (judged.frames < before.judged.frames && !anew) {
    world.violate("I30", "the evidence fell from " + std::to_string(before.judged.frames) +
                             " intervals to " + std::to_string(judged.frames));
  }
}

void check_reported_end(World& world, const core::Record& after) {
  if (!core::is_over(after)) return;
  if (after.phase == Phase::rolled_back && !world.served_by_canary().is_zero()) {
    world.violate("I5", "rolled back is reported while the route still sends " +
                            format_weight(world.served_by_canary()));
  }
  if (world.route.attached && world.route.stamp && !world.route.foreign)
    world.violate("I15", "an end is reported with our entry in the route");
  if (world.pods.exist) world.violate("I15", "an end is reported with clones left");
  if (after.phase == Phase::promoted && !world.stable_is_candidate &&
      world.release != World::Release::superseded) {
    world.violate("I15", "promoted, but stable does not run the candidate");
  }
  if (after.phase == Phase::rolled_back && world.stable_is_candidate)
    world.violate("I15", "rolled back is reported, and stable runs the candidate");
}

const core::Command* abort_in(const core::Record& record) {
  const auto found = std::ranges::find(record.inbox, core::Verb::abort, &core::Command::verb);
  return found == record.inbox.end() ? nullptr : &*found;
}

bool is_given_up(const core::Record& record) {
  const Stage stage = record.phase == Phase::paused ? record.paused_stage : record.stage;
  return record.phase == Phase::rolled_back || stage == Stage::revert;
}

void check_abort(World& world, const core::Record& before, const core::Record& after) {
  const bool over = before.phase == Phase::promoted || before.phase == Phase::rolled_back;
  if (!over && abort_in(before) != nullptr && abort_in(after) == nullptr) {
    if (!is_given_up(after)) world.violate("I19", "an abort left the inbox without effect");
    world.abort_obeyed = true;
  }
  if (world.abort_obeyed && !is_given_up(after))
    world.violate("I19", "the rollout went on after an abort was obeyed");
}

// Weight that another hand gave is drift: the route tells of it, not the pods.
bool is_short(const World& world) {
  return !world.route.foreign && world.told.carries &&
         *world.told.carries < world.served_by_canary();
}

// The living engine knows that too few pods are ready for the weight, and sends nothing.
void check_capacity(World& world) {
  World::Told& told = world.told;
  if (!is_short(world)) told.shortage_at.reset();
  if (!told.shortage_at) return;
  const bool sent = told.down_sent_at && *told.down_sent_at >= *told.shortage_at;
  const SteadyTime since = sent ? *told.down_sent_at : *told.shortage_at;
  const Duration limit = sent ? down_within : told.shortage_max;  // a lost write is sent again
  if (world.time.now() - since <= limit) return;
  told.shortage_at.reset();
  world.violate("I7", "too few pods for " + format_weight(world.served_by_canary()) +
                          " are known for " + format_duration(limit) + ", and nothing was lowered");
}

void check_raise_capacity(World& world, core::Weight target) {
  if (target <= world.served_by_canary()) return;
  if (world.told.carries && *world.told.carries < target)
    world.violate("I7", "sent " + format_weight(target) + " to pods that are said to carry " +
                            format_weight(*world.told.carries));
}

}  // namespace

void check_route_write_sent(World& world, const ports::RouteTarget& target,
                            const core::Stamp& stamp) {
  check_raise_capacity(world, target.canary);
  const core::Weight carries = world.told.carries.value_or(core::Weight::full());
  if (target.canary.is_zero() || target.canary <= carries)
    world.told.down_sent_at = world.time.now();
  if (!world.stored || target.canary.is_zero()) return;
  if (target.canary > world.stored->authorised && target.canary > world.served_by_canary()) {
    world.violate("I1", "sent " + format_weight(target.canary) + " while " +
                            format_weight(world.stored->authorised) + " is durable");
  }
  if (is_rolled_back(world) && !stamp.down)
    world.violate("I4", "a raise was sent after the rollback was durable");
}

void check_route_write_landed(World& world, const World::Binding& before,
                              const ports::RouteTarget& target, const core::Stamp& stamp) {
  const auto& there = before.stamp;
  if (there && stamp.epoch < there->epoch)
    world.violate("I10", "a write of an older epoch was accepted");
  const bool effective =
      there && is_rolled_back(world) && !core::is_newer(world.stored->route_stamp, *there);
  if (effective && target.canary > before.weight) {
    world.violate("I4", "a raise landed after the abort was effective");
  }
}

void check_entry_added(World& world) {
  const bool goes_up = !world.stored || world.stored->phase == Phase::progressing;
  if (world.entry_removed && !goes_up)
    world.violate("I11", "an entry came back that somebody had taken out");
}

bool is_blind(const World& world) {
  const auto counted_at = world.told.counted_at;
  return !counted_at || world.time.now() - *counted_at > evidence_age_max;
}

void check_save(World& world, const core::Record& record, bool blind) {
  if (!world.stored) return;
  const core::Record& before = *world.stored;
  if (before.rollout != record.rollout) return;
  if (record.epoch < before.epoch) world.violate("I10", "a record of an older epoch was accepted");
  if (record.epoch == before.epoch && record.seq < before.seq)
    world.violate("I10", "the sequence fell");
  check_raise(world, before, record, blind);
  check_pass(world, before, record);
  check_judged(world, before, record);
  if (record.authorised > before.authorised) {
    world.applied[record.authorised] = Duration::zero();
    world.served.canary_since_raise = 0;
  }
  check_reported_end(world, record);
  check_abort(world, before, record);
  if (before.phase == Phase::rolled_back && record.phase != Phase::rolled_back)
    world.violate("I3", "a rollback was taken back");
}

void check_told(World& world, core::Weight carries) {
  if (world.told.carries != carries)
    world.note("engine is told: pods carry " + format_weight(carries));
  world.told.carries = carries;
  if (!is_short(world) || world.told.shortage_at) return;
  world.told.shortage_at = world.time.now();
  world.told.shortage_max = down_within;
}

void check_told_empty(World& world) {
  check_told(world, core::Weight::zero());
  const auto& sent = world.told.down_sent_at;
  const bool tries_already = sent && world.time.now() - *sent <= down_within;
  if (!tries_already) world.told.shortage_max = down_at_once_within;
}

void check_entry_removed(World& world) {
  const bool drained = world.time.now() - world.last_served_at >= drain_time;
  if (!drained && world.stored && world.stored->exposed) {
    world.violate("I8", "our entry was removed " +
                            format_duration(world.time.now() - world.last_served_at) +
                            " after its last request");
  }
  if (!world.served_by_canary().is_zero())
    world.violate("I8", "our entry was removed while it carries weight");
}

void check_discard(World& world) {
  if (!world.served_by_canary().is_zero())
    world.violate("I8", "clones discarded while the route sends to them");
  if (!world.pods.exist || !world.stored || !world.stored->exposed) return;
  if (world.time.now() - world.last_served_at < drain_time)
    world.violate("I8", "clones discarded " +
                            format_duration(world.time.now() - world.last_served_at) +
                            " after their last request");
}

void check_upgrade_sent(World& world) {
  if (world.route.attached) world.violate("I8", "Helm upgrades while our entry is in the route");
  if (!world.stored) return;
  const core::Record& record = *world.stored;
  const bool asked = is_asked_for(record);
  const bool judged = record.phase == Phase::promoting && record.last_pass &&
                      (asked || record.last_pass->step + 1 == record.plan.steps.size());
  if (!judged) world.violate("I6", "Helm upgrades without a durable pass of the last step");
  if (is_bad_and_seen(world, record)) world.violate("I6", "a canary with 20% errors is promoted");
}

void check_now(World& world) {
  check_capacity(world);
  const bool ended = world.stored && core::is_over(*world.stored);
  if (ended && is_rolled_back(world) && !world.route.foreign && !world.served_by_canary().is_zero())
    world.violate("I5", "requests reach the canary after rolled back was reported");
}

void check_end(World& world) {
  if (!world.stored) return;
  const core::Record& record = *world.stored;
  const bool paused = record.phase == Phase::paused && !record.reason.code.empty();
  if (!core::is_over(record) && !paused) {
    world.violate("I15", "no end: phase " + std::string(name_of(record.phase)) + ", stage " +
                             std::string(name_of(record.stage)));
  }
  check_reported_end(world, record);  // it is still so
  if (paused && world.served_by_canary() > record.authorised && !world.route.foreign) {
    world.violate("I1", "paused, and the route sends more than is authorised");
  }
}

}  // namespace kai::simulation
