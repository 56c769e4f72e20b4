// Mutant: one deliberate mistake, in a decision or in the world, that an invariant must notice.
#pragma once

#include <array>
#include <string_view>

namespace kai::simulation {

enum class Mutant {
  none,
  // In decisions: what the core is told, or what it answers (mutants.cc).
  raises_before_save,     // pass and raise are one decision
  raises_without_pass,    // a step ends when its time is over
  climbs_after_rollback,  // a rollback is taken back
  reports_end_early,      // rolled back is said to be settled as soon as it is decided
  promotes_without_pass,  // the first verdict promotes, whatever it is
  blind_to_pods,          // too few pods are never seen
  skips_drain,            // requests in flight are not waited for
  unknown_is_pass,        // an inconclusive verdict counts as a pass
  fail_is_pass,           // a failed one too
  bake_time_jumps,        // a second is credited as four
  never_settles,          // the last stage is never left
  leaves_clones,          // clones are said to be gone when they are not
  ignores_abort,          // an abort leaves the inbox, and nothing follows
  // In the world behind the ports (simulated_ports.cc).
  route_overshoots,   // the route is asked for more than is authorised
  route_takes_all,    // ... and takes a write that tests an old stamp
  store_takes_all,    // a record is taken whatever it was based on
  errors_hidden,      // failed requests are counted as good ones
  evidence_damaged,   // the judge's saved evidence cannot be read back
  requests_invented,  // requests are counted that nobody sent
};

struct Museum {
  Mutant mutant;
  std::string_view name;
  std::string_view caught_by;  // number of the invariant that must notice it
};

inline constexpr std::array museum{
    Museum{Mutant::route_overshoots, "route_overshoots", "I1"},
    Museum{Mutant::raises_before_save, "raises_before_save", "I2"},
    Museum{Mutant::raises_without_pass, "raises_without_pass", "I2"},
    Museum{Mutant::climbs_after_rollback, "climbs_after_rollback", "I3"},
    Museum{Mutant::route_overshoots, "route_overshoots", "I4"},
    Museum{Mutant::route_takes_all, "route_takes_all", "I4"},
    Museum{Mutant::reports_end_early, "reports_end_early", "I5"},
    Museum{Mutant::promotes_without_pass, "promotes_without_pass", "I6"},
    Museum{Mutant::blind_to_pods, "blind_to_pods", "I7"},
    Museum{Mutant::skips_drain, "skips_drain", "I8"},
    Museum{Mutant::route_takes_all, "route_takes_all", "I10"},
    Museum{Mutant::store_takes_all, "store_takes_all", "I10"},
    Museum{Mutant::unknown_is_pass, "unknown_is_pass", "I12"},
    Museum{Mutant::fail_is_pass, "fail_is_pass", "I12"},
    Museum{Mutant::errors_hidden, "errors_hidden", "I12"},
    Museum{Mutant::requests_invented, "requests_invented", "I12"},
    Museum{Mutant::requests_invented, "requests_invented", "I30"},
    Museum{Mutant::evidence_damaged, "evidence_damaged", "I30"},
    Museum{Mutant::bake_time_jumps, "bake_time_jumps", "I14"},
    Museum{Mutant::never_settles, "never_settles", "I15"},
    Museum{Mutant::leaves_clones, "leaves_clones", "I15"},
    Museum{Mutant::ignores_abort, "ignores_abort", "I19"},
};

}  // namespace kai::simulation
