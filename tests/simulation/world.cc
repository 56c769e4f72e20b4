#include "world.h"

namespace kai::simulation {

Faults draw_faults(Chance& chance) {
  Faults faults;
  const auto draw = [&](std::uint64_t& rate, std::uint64_t most) {
    rate = chance.one_in(3) ? 1 + chance.below(most) : 0;
  };
  draw(faults.lost_reply, 15);
  draw(faults.failed, 15);
  draw(faults.late, 10);
  draw(faults.conflict, 20);
  draw(faults.pods_die, 4);
  draw(faults.source_down, 5);
  draw(faults.traffic_stops, 3);
  draw(faults.foreign_route, 4);
  draw(faults.foreign_release, 2);
  draw(faults.crash, 6);
  draw(faults.abort, 3);
  draw(faults.pause, 3);
  faults.canary_is_bad = chance.one_in(4);
  faults.canary_never_ready = chance.one_in(12);
  faults.upgrade_fails = chance.one_in(8);
  faults.route_never_accepts = chance.one_in(20);
  return faults;
}

void World::note(std::string text) {
  log.push_back(format_duration(time.now().since_start) + "  " + std::move(text));
}

void World::violate(const std::string& invariant, const std::string& what) {
  note("VIOLATION " + invariant + ": " + what);
  violations.push_back(invariant + ": " + what);
}

}  // namespace kai::simulation
