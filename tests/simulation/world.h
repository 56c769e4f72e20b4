// The simulated world behind the ports: route, pods, release, metric source, store. It knows the
// truth.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blow.h"
#include "chance.h"
#include "core/rollout/record.h"
#include "core/traffic/weight.h"
#include "mutant.h"
#include "ports/rollout_store.h"
#include "virtual_time.h"

namespace kai::simulation {

inline constexpr Duration drain_time = std::chrono::seconds(3);
inline constexpr double requests_per_second = 200;

// Which faults this seed may meet, and how often, in percent of the occasions. Swarm: most are 0 in
// any one seed.
struct Faults {
  std::uint64_t lost_reply = 0;       // done, but the reply says "unavailable"
  std::uint64_t failed = 0;           // not done
  std::uint64_t late = 0;             // the reply says "unavailable", and it is done much later
  std::uint64_t conflict = 0;         // a save is refused
  std::uint64_t partial_write = 0;    // a write reaches one of the two routes only
  std::uint64_t store_refuses = 0;    // per second: quota or permissions are gone for a while
  std::uint64_t odd_metrics = 0;      // an answer of the source is not what it should be
  std::uint64_t clock_jumps = 0;      // per second: the source's clock, by half a minute
  std::uint64_t pods_die = 0;         // per second
  std::uint64_t source_down = 0;      // per second: an outage begins
  std::uint64_t traffic_stops = 0;    // per second
  std::uint64_t foreign_route = 0;    // per second: somebody edits the weight
  std::uint64_t foreign_release = 0;  // per second: somebody upgrades the release
  std::uint64_t crash = 0;            // per second: the engine's process dies
  std::uint64_t freeze = 0;           // per second: ... or stands still for longer than its lease
  std::uint64_t abort = 0;            // per second: a person aborts
  std::uint64_t pause = 0;            // per second: a person pauses, and resumes later
  std::uint64_t promote = 0;          // per second: a person asks for the final check
  bool canary_is_bad = false;
  bool canary_never_ready = false;
  bool upgrade_fails = false;
  bool route_never_accepts = false;
  bool sequential = false;      // the rule that judges
  bool clones_refused = false;  // the server takes no clone
  bool growth_refused = false;  // ... or takes them only in the size of the first step
};

[[nodiscard]] Faults draw_faults(Chance& chance);
// "replies lost 12%, the process dies 3%/s, the canary is bad".
[[nodiscard]] std::string describe(const Faults& faults);

struct World {
  World(std::uint64_t seed, Mutant mistake)
      : chance(seed), faults(draw_faults(chance)), mutant(mistake), wall(time) {}
  // Nothing is left to chance but the length of a call.
  World(const Faults& chosen, std::vector<Blow> dealt)
      : chance(0), faults(chosen), mutant(Mutant::none), blows(std::move(dealt)), wall(time) {}

  VirtualTime time;
  Chance chance;
  Faults faults;
  Mutant mutant;                     // the one mistake that this world makes
  std::vector<Blow> blows;           // at these effects
  std::vector<std::string> effects;  // so far, by name
  bool dying = false;  // the process is dead in the middle of its tick: nothing leaves it any more
  VirtualWall wall;
  bool landing_late = false;  // what lands now was given up by its sender long ago
  bool quiet = false;         // no new faults: the world may settle

  // Weight and stamp of one route object.
  struct Binding {
    core::Weight weight;
    std::optional<core::Stamp> stamp;
    std::uint64_t version = 0;
  };
  struct Route {
    bool attached = false;
    core::Weight weight;
    std::optional<core::Stamp> stamp;
    std::uint64_t version = 0;      // of the object
    bool foreign = false;           // edited by another hand since our stamp
    SteadyTime accepted_at;         // of the newest write; settled from then on
    std::optional<Binding> second;  // the other object, while it is not as this one
  } route;

  struct Pods {
    bool exist = false;
    core::Weight size;
    std::uint32_t ready = 0;  // of wanted
    std::uint32_t wanted = 0;
    bool discarded_while_exposed = false;
    SteadyTime since;  // when they got there
    SteadyTime unready_since;
  } pods;

  enum class Release {
    as_started,
    upgraded,
    reverted,
    failed,
    superseded
  } release = Release::as_started;
  bool entry_removed = false;  // from the route, by another hand
  bool helm_running = false;
  bool helm_stop = false;
  bool helm_failed = false;
  bool stable_is_candidate = false;

  // What the living engine was told of the canary's pods, and what it did about it.
  struct Told {
    std::optional<core::Weight> carries;     // newest answer that reached it
    std::optional<SteadyTime> shortage_at;   // since when it knows of too few pods for the weight
    Duration shortage_max{0};                // how long it may know that and send nothing
    std::optional<SteadyTime> counted_at;    // newest usable answer of the metric source
    std::optional<SteadyTime> down_sent_at;  // its newest write that takes the weight off them
  } told;

  bool source_up = true;
  Duration source_ahead{0};  // of its clock
  bool store_refuses = false;
  bool traffic = true;
  SteadyTime last_served_at;  // when the canary last got requests by a weight of ours
  bool abort_obeyed = false;  // in an accepted save

  // What truly was: requests, and the time that each weight was applied, the latter since it was
  // last authorised from below.
  struct Served {
    double all = 0;
    double canary = 0;
    double canary_since_raise = 0;
  } served;
  std::map<core::Weight, Duration> applied;

  std::uint64_t frames_max = 0;  // in the evidence of any saved record
  std::optional<core::Record> stored;
  std::uint64_t stored_version = 0;
  std::optional<std::uint64_t> lease;  // process that holds it
  SteadyTime lease_renewed_at;
  std::uint64_t lease_transitions = 0;
  std::vector<ports::HistoryEntry> history;

  std::uint64_t process = 0;  // whose code runs now, or ran last
  std::uint64_t owner = 0;    // the newest one: the others are dead, or do not know it yet
  std::map<std::uint64_t, SteadyTime> living;  // until when each is frozen
  SteadyTime passed_to;                        // up to here pass_time() counted
  std::vector<std::string> log;                // readable, for a failing seed
  std::vector<std::string> violations;
  std::map<std::string, std::uint64_t> sometimes;

  void note(std::string text);
  // An effect leaves the process: the blow it meets, if there is one.
  [[nodiscard]] std::optional<Blow::Kind> next_effect(std::string_view name);
  void die(std::uint64_t which);
  [[nodiscard]] bool is_dead() const { return !living.contains(process); }
  [[nodiscard]] bool is_owner() const { return process == owner; }
  // Runs `task` as the code of that process: now, when it thaws, or never if it died.
  void run_in(std::uint64_t process, Task task);
  void violate(const std::string& invariant, const std::string& what);
  // Time has come to now(): what was so since the last call, was so all the time. Call it before
  // anything changes.
  void pass_time();
  void reached(const std::string& situation) { ++sometimes[situation]; }
  [[nodiscard]] core::Weight served_by_canary() const {
    if (!route.attached) return core::Weight::zero();
    return route.second ? std::max(route.weight, route.second->weight) : route.weight;
  }
};

}  // namespace kai::simulation
