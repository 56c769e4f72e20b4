// Invariants: what must hold whenever something is sent, lands, or is saved. Numbers as in the
// reliability document (docs/reliability.md).
#pragma once

#include "core/rollout/record.h"
#include "ports/router.h"
#include "world.h"

namespace kai::simulation {

inline constexpr Duration drain_limit =
    std::chrono::milliseconds(1900);  // drain time less the checks at its ends

// I1 exposure cap, I4 abort is absorbing, I7 capacity: when a write leaves the engine.
void check_route_write_sent(World& world, const ports::RouteTarget& target,
                            const core::Stamp& stamp);
// I4, I10: when it lands.
void check_route_write_landed(World& world, const ports::RouteTarget& target,
                              const core::Stamp& stamp);
// I2 no evidence, no raise; I3 decisions only; I14 bake time; I5 and I15 for an end: when a record
// is accepted.
void check_save(World& world, const core::Record& record);
// I8 no removal while referenced.
void check_discard(World& world);
// I6 promote what was judged, I8: nothing of ours is in the route when Helm comes.
void check_upgrade_sent(World& world);
// I7 over time, I14's own clock: every second.
void check_second(World& world);
// I15: after quiet, one settled end, or paused with a reason, and the world as the record says.
void check_end(World& world);

}  // namespace kai::simulation
