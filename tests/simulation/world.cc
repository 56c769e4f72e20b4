#include "world.h"

#include <algorithm>
#include <utility>

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
  draw(faults.freeze, 4);
  draw(faults.abort, 3);
  draw(faults.pause, 3);
  draw(faults.promote, 2);
  draw(faults.store_refuses, 4);
  draw(faults.partial_write, 20);
  draw(faults.odd_metrics, 15);
  draw(faults.clock_jumps, 3);
  faults.canary_is_bad = chance.one_in(4);
  faults.canary_never_ready = chance.one_in(12);
  faults.upgrade_fails = chance.one_in(8);
  faults.route_never_accepts = chance.one_in(20);
  return faults;
}

std::string describe(const Faults& faults) {
  const std::pair<std::uint64_t, const char*> rates[] = {
      {faults.lost_reply, "replies lost %"},
      {faults.failed, "calls refused %"},
      {faults.late, "calls done late %"},
      {faults.partial_write, "writes on one of two routes %"},
      {faults.conflict, "saves in conflict %"},
      {faults.odd_metrics, "odd answers of the source %"},
      {faults.store_refuses, "the store refuses %/s"},
      {faults.clock_jumps, "the source's clock jumps %/s"},
      {faults.pods_die, "pods die %/s"},
      {faults.source_down, "the source goes down %/s"},
      {faults.traffic_stops, "traffic stops %/s"},
      {faults.foreign_route, "another hand on the route %/s"},
      {faults.foreign_release, "another hand on the release %/s"},
      {faults.crash, "the process dies %/s"},
      {faults.freeze, "the process stands still %/s"},
      {faults.abort, "a person aborts %/s"},
      {faults.pause, "a person pauses or resumes %/s"},
      {faults.promote, "a person promotes %/s"}};
  const std::pair<bool, const char*> facts[] = {
      {faults.canary_is_bad, "the canary is bad"},
      {faults.canary_never_ready, "the canary's pods never get ready"},
      {faults.upgrade_fails, "the upgrade fails"},
      {faults.route_never_accepts, "the route never accepts a weight"},
      {faults.sequential, "the judge is sequential"},
      {faults.clones_refused, "the server refuses the clones"},
      {faults.growth_refused, "the server refuses bigger clones"}};
  std::string text;
  const auto add = [&](const std::string& what) { text += (text.empty() ? "" : ", ") + what; };
  for (const auto& [rate, name] : rates) {
    std::string what = name;
    if (rate > 0) add(what.insert(what.find('%'), std::to_string(rate)));
  }
  for (const auto& [is_so, name] : facts) {
    if (is_so) add(name);
  }
  return text.empty() ? "nothing goes wrong by itself" : text;
}

namespace {

// "  75.040s": the end of a wait matters by the millisecond.
std::string format_moment(SteadyTime moment) {
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(moment.since_start);
  const std::string milliseconds = std::to_string(all.count() % 1000);
  std::string seconds = std::to_string(all.count() / 1000);
  seconds.insert(0, seconds.size() < 4 ? 4 - seconds.size() : 0, ' ');
  return seconds + "." + std::string(3 - milliseconds.size(), '0') + milliseconds + "s";
}

}  // namespace

void World::note(std::string text) {
  log.push_back(format_moment(time.now()) + "  " + std::move(text));
}

std::optional<Blow::Kind> World::next_effect(std::string_view name) {
  effects.emplace_back(name);
  const auto found = std::ranges::find(blows, effects.size(), &Blow::effect);
  if (found == blows.end()) return std::nullopt;
  for (const BlowName& entry : blow_names) {
    if (entry.kind != found->kind) continue;
    note("effect " + std::to_string(effects.size()) + ", " + std::string(name) + ": " +
         std::string(entry.name));
  }
  return found->kind;
}

void World::die(std::uint64_t which) {
  living.erase(which);
  dying = true;
}

void World::run_in(std::uint64_t which, Task task) {
  const auto found = living.find(which);
  if (found == living.end()) return;
  if (found->second > time.now()) {
    time.at(found->second,
            [this, which, task = std::move(task)]() mutable { run_in(which, std::move(task)); });
    return;
  }
  const std::uint64_t before = std::exchange(process, which);
  task();
  process = before;
}

void World::pass_time() {
  const SteadyTime now = time.now();
  const SteadyTime applied_from = std::max(passed_to, route.accepted_at);
  if (!route.foreign && !route.second && now > applied_from)
    applied[served_by_canary()] += now - applied_from;
  if (traffic) {
    const double share = served_by_canary().share();
    const double requests = seconds_of(now - passed_to) * requests_per_second;
    served.all += requests;
    served.canary += requests * share;
    served.canary_since_raise += requests * share;
  }
  if (!served_by_canary().is_zero() && !route.foreign) last_served_at = now;
  passed_to = now;
}

void World::violate(const std::string& invariant, const std::string& what) {
  note("VIOLATION " + invariant + ": " + what);
  violations.push_back(invariant + ": " + what);
}

}  // namespace kai::simulation
