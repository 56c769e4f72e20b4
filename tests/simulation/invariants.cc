#include "invariants.h"

#include "core/rollout/advance.h"

namespace kai::simulation {
namespace {

using core::Phase;
using core::Stage;

// Fewer requests than this may well be all good although every fifth one fails.
constexpr std::uint64_t telling_requests = 60;

bool is_bad_and_seen(const World& world, const core::Record& record) {
  return world.faults.canary_is_bad && record.last_pass &&
         record.last_pass->canary_requests >= telling_requests;
}

bool is_rolled_back(const World& world) {
  return world.stored && world.stored->phase == Phase::rolled_back;
}

core::Weight first_step(const core::Record& record) { return record.plan.steps.front().weight; }

void check_raise(World& world, const core::Record& before, const core::Record& after) {
  if (after.authorised <= before.authorised) return;
  if (before.phase == Phase::rolled_back)
    world.violate("I3", "weight rose after a rollback was decided");
  if (after.authorised > first_step(after) && !after.last_pass) {
    world.violate("I1", "above the first step without a pass");
  }
  const bool overridden =
      before.reason.code == "resumed" || after.reason.code == "resumed";  // names the person
  if (!before.authorised.is_zero() && !before.last_pass && !overridden) {
    world.violate("I2", "raised from a weight that never passed");
  }
  const bool from_zero = before.authorised.is_zero();
  if (from_zero && world.pods.ready == 0 && !world.pods.exist)
    world.reached("raise met vanished pods");
  if (after.phase == Phase::progressing && is_bad_and_seen(world, after)) {
    world.violate("I12", "a canary with 20% errors passed a step");
  }
}

// The world counts applied time by itself, once a second; the record may not claim more than that,
// but for the ticks at both ends.
void check_bake(World& world, const core::Record& before, const core::Record& after) {
  const bool passed =
      after.last_pass && (!before.last_pass || after.last_pass->step > before.last_pass->step);
  if (!passed) return;
  const Duration needed = after.plan.steps[after.last_pass->step].bake_time;
  if (world.weighted_applied + std::chrono::seconds(2) < needed) {
    world.violate("I14", "step passed after " + format_duration(world.weighted_applied) + " of " +
                             format_duration(needed));
  }
}

void check_reported_end(World& world, const core::Record& after) {
  if (!core::is_over(after)) return;
  if (after.phase == Phase::rolled_back && !world.served_by_canary().is_zero()) {
    world.violate("I5", "rolled back is reported while the route still sends " +
                            format_weight(world.served_by_canary()));
  }
  if (world.route.attached && world.route.stamp)
    world.violate("I15", "an end is reported with our entry in the route");
  if (world.pods.exist) world.violate("I15", "an end is reported with clones left");
  if (after.phase == Phase::promoted && !world.stable_is_candidate &&
      world.release != World::Release::superseded) {
    world.violate("I15", "promoted, but stable does not run the candidate");
  }
}

}  // namespace

void check_route_write_sent(World& world, const ports::RouteTarget& target,
                            const core::Stamp& stamp) {
  if (!world.stored || target.canary.is_zero()) return;
  if (target.canary > world.stored->authorised && target.canary > world.route.weight) {
    world.violate("I1", "sent " + format_weight(target.canary) + " while " +
                            format_weight(world.stored->authorised) + " is durable");
  }
  if (is_rolled_back(world) && !stamp.down)
    world.violate("I4", "a raise was sent after the rollback was durable");
}

void check_route_write_landed(World& world, const ports::RouteTarget& target,
                              const core::Stamp& stamp) {
  const auto& there = world.route.stamp;
  if (there && stamp.epoch < there->epoch)
    world.violate("I10", "a write of an older epoch was accepted");
  const bool effective =
      there && is_rolled_back(world) && !core::is_newer(world.stored->route_stamp, *there);
  if (effective && target.canary > world.route.weight) {
    world.violate("I4", "a raise landed after the abort was effective");
  }
}

void check_save(World& world, const core::Record& record) {
  if (!world.stored) return;
  const core::Record& before = *world.stored;
  if (before.rollout != record.rollout) return;
  if (record.epoch < before.epoch) world.violate("I10", "a record of an older epoch was accepted");
  if (record.epoch == before.epoch && record.seq < before.seq)
    world.violate("I10", "the sequence fell");
  check_raise(world, before, record);
  check_bake(world, before, record);
  check_reported_end(world, record);
  if (before.phase == Phase::rolled_back && record.phase != Phase::rolled_back) {
    world.violate("I3", "a rollback was taken back");
  }
  if (!before.inbox.empty() && before.inbox.front().verb == core::Verb::abort &&
      record.inbox.empty()) {
    const bool obeyed = record.phase == Phase::rolled_back || record.phase == Phase::promoted ||
                        record.stage == Stage::revert || record.phase == Phase::paused;
    if (!obeyed) world.violate("I19", "an abort left the inbox without effect");
  }
  if (before.authorised != record.authorised) world.weighted_applied = Duration::zero();
}

void check_discard(World& world) {
  if (!world.served_by_canary().is_zero())
    world.violate("I8", "clones discarded while the route sends to them");
  if (world.stored && world.stored->exposed &&
      world.time.now() - world.last_zero_at < drain_limit) {
    world.violate("I8", "clones discarded before the drain time was over");
  }
}

void check_upgrade_sent(World& world) {
  if (world.route.attached) world.violate("I8", "Helm upgrades while our entry is in the route");
  const bool judged =
      world.stored && world.stored->last_pass && world.stored->phase == Phase::promoting;
  if (!judged) world.violate("I6", "Helm upgrades without a durable pass of the last step");
  if (world.stored && is_bad_and_seen(world, *world.stored))
    world.violate("I6", "a canary with 20% errors is promoted");
}

void check_second(World& world) {
  const core::Weight served = world.served_by_canary();
  if (!served.is_zero()) world.last_zero_at = world.time.now();
  const bool applied = world.stored && served == world.stored->authorised && !world.route.foreign &&
                       world.time.now() >= world.route.accepted_at;
  if (applied) world.weighted_applied += std::chrono::seconds(1);
}

void check_end(World& world) {
  if (!world.stored) return;
  const core::Record& record = *world.stored;
  const bool paused = record.phase == Phase::paused && !record.reason.code.empty();
  if (!core::is_over(record) && !paused) {
    world.violate("I15", "no end: phase " + std::string(name_of(record.phase)) + ", stage " +
                             std::string(name_of(record.stage)));
  }
  if (paused && world.served_by_canary() > record.authorised && !world.route.foreign) {
    world.violate("I1", "paused, and the route sends more than is authorised");
  }
}

}  // namespace kai::simulation
