// Invariants: what must hold whenever something is sent, lands, is saved or is told. Numbers as in
// the reliability document (docs/reliability.md). A violation starts with its number.
#pragma once

#include "core/rollout/record.h"
#include "ports/router.h"
#include "world.h"

namespace kai::simulation {

// I1 exposure cap, I4 abort is absorbing, I7 capacity: when a write leaves the engine.
void check_route_write_sent(World& world, const ports::RouteTarget& target,
                            const core::Stamp& stamp);
// I4, I10 single writer: when it lands.
void check_route_write_landed(World& world, const World::Binding& before,
                              const ports::RouteTarget& target, const core::Stamp& stamp);
// I1; I2 no evidence, no raise; I3 decisions only; I10; I12 unknown stays unknown; I14 bake time;
// I19 abort wins; I30 evidence is counted once; I5 and I15 for an end: when a record is accepted.
// `blind`: when it was sent, the engine had no answer of the metric source that is young enough to
// raise on.
void check_save(World& world, const core::Record& record, bool blind);
[[nodiscard]] bool is_blind(const World& world);
// I7: the living engine is told for which weight its pods are enough.
void check_told(World& world, core::Weight carries);
// A watch told the engine that no pod of the canary is left.
void check_told_empty(World& world);
// I11: only a rollout that goes up puts an entry back that somebody took out.
void check_entry_added(World& world);
// I8 no removal while referenced: our entry leaves the route, or clones go.
void check_entry_removed(World& world);
void check_discard(World& world);
// I6 promote what was judged, I8: nothing of ours is in the route when Helm comes.
void check_upgrade_sent(World& world);
// I5 after an end, I7 over time: after every event.
void check_now(World& world);
// I15: after quiet, one settled end, or paused with a reason, and the world as the record says.
void check_end(World& world);

}  // namespace kai::simulation
