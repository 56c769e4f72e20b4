#include "core/rollout/advance.h"

#include "core/rollout/moves.h"

namespace kai::core {
namespace {

// Our clones, big enough for the step at hand.
World with_clones(const Record& record) {
  return {.clones = true, .size = record.plan.steps[record.step].weight};
}

World on_route(const Record& record) {
  World world = with_clones(record);
  world.attached = true;
  world.weight = record.authorised;
  world.measure = true;
  return world;
}

World baking(const Record& record) {
  World world = on_route(record);
  world.judge = true;
  world.ask = ask_of(record);
  return world;
}

// Lowering waits for no metrics, and clones that are gone already are not made again.
World lowering(const Record& record) {
  World world = on_route(record);
  world.clones = world.measure = false;
  return world;
}

// Before the promotion our entry is out of the route and stays out.
World off_route(const Record& record) {
  return {.size = record.plan.steps[record.step].weight, .route_restored = true};
}

World releasing(const Record& record, World::ReleaseAction action) {
  World world = off_route(record);
  world.release = action;
  return world;
}

World watching(const Record& record) {
  const bool baked = record.bake_credit >= record.plan.timing.canary_time;
  return {.measure = true, .judge = true, .ask = baked ? Ask::final : Ask::tick};
}

World discarding(const Record& record) {
  World world;
  world.route_restored = !record.route_touched;
  world.discard = !record.first_install && record.plan.canary;
  world.keep_evidence = world.discard && record.phase == Phase::rolled_back;
  return world;
}

World paused(const Record& record) {
  if (record.paused_from == Phase::promoting) return off_route(record);
  if (!record.route_touched) return with_clones(record);
  World world = on_route(record);
  world.judge = !record.authorised.is_zero();
  return world;
}

}  // namespace

Ask ask_of(const Record& record) {
  if (record.final_requested) return Ask::final;
  if (record.bake_credit < record.plan.steps[record.step].bake_time) return Ask::tick;
  const bool last = record.step + 1 == record.plan.steps.size();
  return last && record.plan.limits.judge == JudgeRule::sequential ? Ask::final : Ask::step_end;
}

World wanted(const Record& record) {
  if (record.rollout.empty() || is_over(record)) return {};
  if (record.phase == Phase::paused) return paused(record);
  switch (record.stage) {
    case Stage::bring_up:
      return with_clones(record);
    case Stage::attach:
    case Stage::measure:
    case Stage::weigh:
      return on_route(record);
    case Stage::size_up: {
      World world = on_route(record);
      world.judge = !record.authorised.is_zero();
      return world;
    }
    case Stage::bake:
      return baking(record);
    case Stage::give_back:
    case Stage::zero:
    case Stage::drain:
      return lowering(record);
    case Stage::detach:
    case Stage::restore:
    case Stage::final_bake:
      return off_route(record);
    case Stage::upgrade:
      return releasing(record, World::ReleaseAction::upgrade);
    case Stage::revert:
      return releasing(record, World::ReleaseAction::revert);
    case Stage::watch:
      return watching(record);
    case Stage::discard:
      return discarding(record);
    case Stage::done:
      return {};
  }
  return {};
}

}  // namespace kai::core
