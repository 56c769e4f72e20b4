#include "simulated_ports.h"

#include <algorithm>
#include <utility>

#include "core/rollout/advance.h"
#include "invariants.h"

namespace kai::simulation {
namespace {

constexpr Duration settle_time = std::chrono::seconds(1);

World::Binding first_of(const World::Route& route) {
  return {.weight = route.weight, .stamp = route.stamp, .version = route.version};
}

World::Binding second_of(const World::Route& route) {
  return route.second.value_or(first_of(route));
}

// A write that was sent long ago may land now. The stamp is the compare-and-set: what the writer
// last saw must be what is there; without one, the object's version. A conflict makes the real edge
// read again and try once more, if it still lives and was not overtaken.
bool may_land(World& world, const World::Binding& there, const World::Binding& expected,
              const core::Stamp& stamp, bool alive) {
  if (world.mutant == Mutant::route_takes_all) return true;
  const bool overtaken = there.stamp && core::is_newer(*there.stamp, stamp);
  const bool as_expected =
      expected.stamp ? there.stamp == expected.stamp : there.version == expected.version;
  const bool lands = !overtaken && (as_expected || alive);
  if (!lands) world.reached("late write refused by stamp");
  return lands;
}

// Checkpoints say nothing new.
void note_decision(World& world, const core::Record& record) {
  const auto text = [](const core::Record& of) {
    return "saved: " + std::string(name_of(of.phase)) + ", " + std::string(name_of(of.stage)) +
           ", step " + std::to_string(of.step + 1) + ", authorised " +
           format_weight(of.authorised) + (core::is_over(of) ? ", settled" : "");
  };
  if (!world.stored || text(*world.stored) != text(record)) world.note(text(record));
}

std::uint32_t pods_for(core::Weight size) { return size.hundredths() > 2000 ? 2 : 1; }

// How much a canary with some of its pods can take: all of the size it was made for, or a part.
core::Weight carried(const World::Pods& pods) {
  if (pods.ready == 0) return core::Weight::zero();
  return pods.ready >= pods.wanted ? core::Weight::full() : core::Weight::from_hundredths(2000);
}

}  // namespace

Fate draw_fate(World& world) {
  Chance& chance = world.chance;
  const Faults& faults = world.faults;
  Fate fate{.wait = chance.between(std::chrono::milliseconds(1), short_wait_max)};
  if (world.quiet) return fate;
  if (chance.percent(faults.failed)) return {.done = false, .told = false, .error = "refused"};
  if (chance.percent(faults.late)) {
    return {.told = false,
            .wait = chance.between(std::chrono::milliseconds(200), late_max),
            .error = "timed out"};
  }
  if (chance.percent(faults.lost_reply)) {
    fate.told = false;
    fate.error = "reply lost";
  }
  return fate;
}

Fate fate_of(World& world, Blow::Kind blow) {
  const Fate soon{.wait = std::chrono::milliseconds(20)};
  const Fate late{.told = false, .wait = late_max, .error = "timed out"};
  switch (blow) {
    case Blow::Kind::crash_before:
      world.die(world.process);
      return {.done = false, .told = false, .error = "dead"};
    case Blow::Kind::crash_unseen:
      world.die(world.process);
      return soon;
    case Blow::Kind::crash_late:
      world.die(world.process);
      return late;
    case Blow::Kind::crash_after:
      return soon;
    case Blow::Kind::late:
      return late;
    case Blow::Kind::reply_lost:
      return {.told = false, .wait = soon.wait, .error = "reply lost"};
    case Blow::Kind::refused:
      return {.done = false, .told = false, .error = "refused"};
  }
  return soon;
}

void SimulatedRouter::apply(const Tree&, const ports::RouteTarget& wanted, const core::Stamp& stamp,
                            Reply<ports::Receipt> reply) {
  if (world_.is_dead()) return;
  ports::RouteTarget target = wanted;
  if (world_.mutant == Mutant::route_overshoots)
    target.canary = core::Weight::from_hundredths(target.canary.hundredths() / 2 + 5000);
  if (world_.is_owner()) check_route_write_sent(world_, target, stamp);
  const World::Route expected = known_.value_or(world_.route);  // who knows nothing reads first
  const std::uint64_t process = world_.process;
  effect<ports::Receipt>(
      world_, "apply route", std::move(reply), [this, target, stamp, expected, process] {
        const bool alive = world_.living.contains(process) && !world_.landing_late;
        return land(target, stamp, expected, alive);
      });
}

// Two route objects, each with a stamp of its own: a write may reach one of them only.
Result<ports::Receipt> SimulatedRouter::land(const ports::RouteTarget& target,
                                             const core::Stamp& stamp, const World::Route& expected,
                                             bool alive) {
  World::Route& route = world_.route;
  const World::Binding second = second_of(route);
  const bool half =
      route.attached && !world_.quiet && world_.chance.percent(world_.faults.partial_write);
  const bool on_first = may_land(world_, first_of(route), first_of(expected), stamp, alive);
  const bool on_second = !half && may_land(world_, second, second_of(expected), stamp, alive);
  if (on_first) check_route_write_landed(world_, first_of(route), target, stamp);
  if (on_second) check_route_write_landed(world_, second, target, stamp);
  if (on_first) {
    route.second.reset();
    write_first(target, stamp);
    if (!on_second) route.second = second;
  } else if (on_second) {
    route.second = {.weight = target.canary, .stamp = stamp, .version = second.version + 1};
  }
  if (on_first && on_second) return ports::Receipt{stamp};
  if (on_first || on_second) world_.reached("write on one of two routes");
  return fail(ErrorKind::unavailable, "simulated: conflict");
}

void SimulatedRouter::write_first(const ports::RouteTarget& target, const core::Stamp& stamp) {
  World::Route& route = world_.route;
  // Every patch tests the names of the entries that its sender knew.
  const bool adds = target.attached && !route.attached && !stamp.down && !world_.landing_late;
  if (adds) check_entry_added(world_);
  route.attached = target.attached && (route.attached || adds);
  route.weight = route.attached ? target.canary : core::Weight::zero();
  route.stamp = stamp;
  route.foreign = target.attached && !route.attached;
  const bool never = world_.faults.route_never_accepts && !world_.quiet && !target.canary.is_zero();
  route.accepted_at = world_.time.now() + (never ? Duration(std::chrono::hours(1)) : settle_time);
  route.version += 1;
  known_ = route;
  written_ = stamp;
  world_.note("route " + format_weight(target.canary) + " " + format_stamp(stamp));
}

void SimulatedRouter::observe(const Tree&, Reply<core::RouteSeen> reply) {
  remote<core::RouteSeen>(world_, std::move(reply), [this]() -> Result<core::RouteSeen> {
    const World::Route& route = world_.route;
    known_ = route;
    // Only who wrote it can tell that it was changed.
    const bool foreign = route.foreign && written_ && route.stamp == written_;
    const World::Binding second = second_of(route);
    const bool is_older =
        second.stamp && route.stamp && core::is_newer(*route.stamp, *second.stamp);
    core::RouteSeen seen{.attached = route.attached,
                         .live = std::max(route.weight, second.weight),
                         .live_min = std::min(route.weight, second.weight),
                         .stamp = is_older ? second.stamp : route.stamp,
                         .foreign = foreign,
                         .who = foreign ? "kubectl" : ""};
    const bool settled = world_.time.now() >= route.accepted_at;
    seen.state = settled ? core::RouteSeen::State::applied : core::RouteSeen::State::pending;
    return seen;
  });
}

void SimulatedRouter::restore(const Tree&, const core::Stamp& stamp, Reply<bool> reply) {
  effect<bool>(world_, "restore route", std::move(reply), [this, stamp]() -> Result<bool> {
    if (world_.route.stamp && core::is_newer(*world_.route.stamp, stamp))
      return fail(ErrorKind::unavailable, "simulated: overtaken");
    if (!world_.served_by_canary().is_zero())
      return fail(ErrorKind::unavailable, "simulated: the entry carries weight");
    check_entry_removed(world_);
    world_.route = World::Route{.version = world_.route.version + 1};
    known_ = world_.route;
    world_.note("route restored");
    return true;
  });
}

void SimulatedWorkload::bring_up(const Tree&, core::Weight size, const core::Stamp&,
                                 Reply<Unit> reply) {
  effect<Unit>(world_, "bring up clones", std::move(reply), [this, size]() -> Result<Unit> {
    World::Pods& pods = world_.pods;
    const bool grows = pods.exist && pods.size < size;
    if (world_.faults.clones_refused || (grows && world_.faults.growth_refused))
      return fail(ErrorKind::rejected, "simulated: denied by a webhook");
    if (pods.exist && pods.size >= size) return Unit{};
    if (!pods.exist) pods.since = world_.time.now();
    pods.exist = true;
    pods.size = std::max(pods.size, size);
    pods.wanted = pods_for(pods.size);
    const bool never = world_.faults.canary_never_ready && !world_.quiet;
    const Duration start =
        world_.chance.between(std::chrono::milliseconds(200), std::chrono::seconds(2));
    world_.time.after(start, [this, never] {
      if (never || !world_.pods.exist) return;
      world_.pods.ready = world_.pods.wanted;
      wake();
    });
    return Unit{};
  });
}

void SimulatedWorkload::observe(const Tree&, core::Weight size, Reply<ports::WorkloadState> reply) {
  // Only an answer that reaches the engine tells it anything.
  Reply<ports::WorkloadState> told =
      [&world = world_, reply = std::move(reply)](Result<ports::WorkloadState> state) mutable {
        if (state && world.is_owner()) check_told(world, state->seen.canary.carries);
        reply(std::move(state));
      };
  remote<ports::WorkloadState>(world_, std::move(told),
                               [this, size] { return Result<ports::WorkloadState>(state(size)); });
}

ports::WorkloadState SimulatedWorkload::state(core::Weight size) const {
  const World::Pods& pods = world_.pods;
  ports::WorkloadState state;
  const std::uint32_t wanted = std::max<std::uint32_t>(1, pods_for(size));
  state.seen.canary_exists = pods.exist;
  state.seen.canary = {.wanted = wanted,
                       .ready = pods.exist && pods.ready >= wanted && pods.size >= size,
                       .carries = carried(pods),
                       .any_service_empty = pods.ready == 0,
                       .fatal = {}};
  state.seen.stable = {.wanted = 4, .ready = true, .carries = core::Weight::full(), .fatal = {}};
  state.seen.stable_is_candidate = world_.stable_is_candidate;
  state.seen.stable_is_as_started = !world_.stable_is_candidate;
  state.pods = {{.service = 0,
                 .arm = core::Arm::canary,
                 .name = "canary-0",
                 .address = "",
                 .started_at = {},
                 .ready = true},
                {.service = 0,
                 .arm = core::Arm::baseline,
                 .name = "stable-0",
                 .address = "",
                 .started_at = {},
                 .ready = true}};
  return state;
}

void SimulatedWorkload::evidence(const Tree&, Reply<ports::Evidence> reply) {
  remote<ports::Evidence>(world_, std::move(reply),
                          [] { return Result<ports::Evidence>(ports::Evidence{{"last words"}}); });
}

void SimulatedWorkload::discard(const Tree&, const std::string&, Reply<bool> reply) {
  effect<bool>(world_, "discard clones", std::move(reply), [this]() -> Result<bool> {
    check_discard(world_);
    world_.pods = World::Pods{};
    world_.note("clones discarded");
    return true;
  });
}

std::unique_ptr<ports::Watching> SimulatedWorkload::watch(
    const Tree&, std::move_only_function<void(ports::WorkloadNews)> tell) {
  struct Watch final : ports::Watching {
    std::shared_ptr<std::move_only_function<void(ports::WorkloadNews)>> tell;
  };
  process_ = world_.process;
  auto watch = std::make_unique<Watch>();
  watch->tell =
      std::make_shared<std::move_only_function<void(ports::WorkloadNews)>>(std::move(tell));
  tell_ = watch->tell;
  return watch;
}

void SimulatedWorkload::wake() {
  world_.run_in(process_, [this, watch = tell_] {
    const auto tell = watch.lock();
    if (!tell) return;
    if (!world_.pods.exist || world_.pods.ready > 0) return (*tell)(ports::WorkloadNews::changed);
    if (world_.is_owner()) check_told_empty(world_);
    (*tell)(ports::WorkloadNews::service_empty);
  });
}

// Helm is a process of its own: it goes on when ours dies.
void SimulatedRelease::upgrade(const Tree&, const std::string&, Reply<Unit> reply) {
  if (world_.is_dead()) return;
  const auto blow = world_.next_effect("helm upgrade");
  if (blow == Blow::Kind::crash_before || blow == Blow::Kind::crash_unseen ||
      blow == Blow::Kind::crash_late)
    world_.die(world_.process);
  if (blow == Blow::Kind::crash_before) return;
  check_upgrade_sent(world_);
  const std::uint64_t process = world_.process;
  auto shared = std::make_shared<Reply<Unit>>(std::move(reply));
  world_.helm_running = true;
  world_.helm_stop = world_.helm_failed = false;
  world_.note("helm upgrade");
  world_.time.after(world_.chance.between(std::chrono::seconds(1), std::chrono::seconds(6)),
                    [this, process, shared, blow] {
                      end_upgrade(blow == Blow::Kind::refused);
                      world_.run_in(process, [shared] { (*shared)(Unit{}); });
                      if (blow == Blow::Kind::crash_after) world_.die(process);
                    });
}

void SimulatedRelease::end_upgrade(bool refused) {
  if (!world_.helm_running) return;
  world_.helm_running = false;
  if (world_.release != World::Release::as_started) return;
  const bool failed = world_.faults.upgrade_fails || world_.helm_stop || refused;
  world_.release = failed ? World::Release::reverted : World::Release::upgraded;
  world_.stable_is_candidate = world_.release == World::Release::upgraded;
  world_.helm_failed = failed;
}

void SimulatedRelease::revert(const Tree&, const std::string&, Reply<Unit> reply) {
  effect<Unit>(world_, "helm rollback", std::move(reply), [this]() -> Result<Unit> {
    if (world_.helm_running)
      return fail(ErrorKind::unavailable, "simulated: another operation is in progress");
    if (world_.release == World::Release::superseded) return Unit{};
    world_.release = World::Release::reverted;
    world_.stable_is_candidate = false;
    world_.note("helm rollback");
    return Unit{};
  });
}

void SimulatedRelease::observe(const Tree&, const std::string&, Reply<core::ReleaseSeen> reply) {
  remote<core::ReleaseSeen>(world_, std::move(reply), [this]() -> Result<core::ReleaseSeen> {
    core::ReleaseSeen seen;
    using Seen = core::ReleaseSeen::State;
    switch (world_.release) {
      case World::Release::as_started:
        seen.state = Seen::as_started;
        break;
      case World::Release::upgraded:
        seen.state = Seen::upgraded;
        break;
      case World::Release::reverted:
        seen.state = Seen::reverted;
        break;
      case World::Release::failed:
        seen.state = Seen::failed;
        break;
      case World::Release::superseded:
        seen.state = Seen::superseded;
        break;
    }
    if (world_.helm_running) {
      seen.helm = core::ReleaseSeen::Helm::running;
    } else if (world_.helm_failed) {
      seen.helm = core::ReleaseSeen::Helm::failed;
    }
    return seen;
  });
}

void SimulatedMetrics::counters(const Tree&, const std::vector<ports::PodTarget>&,
                                Reply<ports::Counters> reply) {
  Reply<ports::Counters> told =
      [&world = world_, reply = std::move(reply)](Result<ports::Counters> counters) mutable {
        if (counters && !counters->stale && world.is_owner())
          world.told.counted_at = world.time.now();
        reply(std::move(counters));
      };
  remote<ports::Counters>(world_, std::move(told), [this]() -> Result<ports::Counters> {
    if (!world_.source_up) return fail(ErrorKind::unavailable, "simulated: connection refused");
    const bool odd = !world_.quiet && world_.chance.percent(world_.faults.odd_metrics);
    return odd ? odd_answer() : answer();
  });
}

// What the edge makes of NaN, of half a body, of an old scrape, of series of pods that are gone.
Result<ports::Counters> SimulatedMetrics::odd_answer() {
  world_.reached("odd metrics");
  switch (world_.chance.below(6)) {
    case 0:
      return fail(ErrorKind::no_data, "simulated: value is NaN");
    case 1:
      return fail(ErrorKind::malformed, "simulated: not a number");
    case 2: {
      ports::Counters counters = answer();
      counters.stale = true;
      counters.slices.clear();
      return counters;
    }
    case 3: {
      ports::Counters counters = answer();
      counters.arms_apart = false;
      counters.silent_pods = {"canary-0"};
      return counters;
    }
    case 4: {  // good news of a pod that is gone, from before the weight
      ports::Counters counters = answer();
      const WallTime long_ago = counters.source_now - std::chrono::minutes(5);
      counters.slices = {{.service = 0,
                          .arm = core::Arm::canary,
                          .target = "canary-of-yesterday",
                          .from = long_ago,
                          .to = long_ago + std::chrono::seconds(1),
                          .requests = 1000,
                          .errors = 0,
                          .slower = {}}};
      return counters;
    }
    default:
      return fail(world_.chance.one_in(20) ? ErrorKind::rejected : ErrorKind::unavailable,
                  "simulated: bad gateway");
  }
}

ports::Counters SimulatedMetrics::answer() {
  const WallTime now = world_.wall.now() + world_.source_ahead;
  const WallTime from = last_.value_or(now);
  const World::Served before = std::exchange(before_, world_.served);
  last_ = now;
  ports::Counters counters{
      .slices = {}, .source_now = now, .silent_pods = {}, .arms_apart = world_.pods.exist};
  const bool invented = world_.mutant == Mutant::requests_invented;
  const std::uint64_t factor = invented ? 3 : 1;
  if (now <= from || (!world_.traffic && !invented)) return counters;
  const auto grown = [](double after, double sooner) {
    return static_cast<std::uint64_t>(after) - static_cast<std::uint64_t>(sooner);
  };
  const std::uint64_t canary = factor * grown(world_.served.canary, before.canary);
  const std::uint64_t all = std::max(canary, factor * grown(world_.served.all, before.all));
  const bool bad = world_.faults.canary_is_bad && world_.mutant != Mutant::errors_hidden;
  counters.slices = {{.service = 0,
                      .arm = core::Arm::canary,
                      .target = "canary-0",
                      .from = from,
                      .to = now,
                      .age = world_.time.now() - world_.pods.since,
                      .requests = canary,
                      .errors = bad ? canary / 5 : 0,
                      .slower = {}},
                     {.service = 0,
                      .arm = core::Arm::baseline,
                      .target = "stable-0",
                      .from = from,
                      .to = now,
                      .requests = all - canary,
                      .errors = 0,
                      .slower = {}}};
  return counters;
}

void SimulatedStore::load(Reply<std::optional<ports::Stored>> reply) {
  remote<std::optional<ports::Stored>>(
      world_, std::move(reply), [this]() -> Result<std::optional<ports::Stored>> {
        if (!world_.stored) return std::optional<ports::Stored>();
        core::Record record = *world_.stored;
        if (world_.mutant == Mutant::evidence_damaged && !record.judged.evidence.empty())
          record.judged.evidence.pop_back();
        return std::optional(
            ports::Stored{std::move(record), std::to_string(world_.stored_version)});
      });
}

void SimulatedStore::save(const core::Record& record, const std::string& version,
                          Reply<ports::SaveOutcome> reply) {
  const bool blind = world_.is_owner() && is_blind(world_);
  const std::uint64_t process = world_.process;
  effect<ports::SaveOutcome>(
      world_, "save", std::move(reply),
      [this, record, version, blind, process]() -> Result<ports::SaveOutcome> {
        if (world_.store_refuses) {
          world_.reached("save forbidden");
          return fail(ErrorKind::rejected, "simulated: exceeded quota");
        }
        const std::string current = world_.stored ? std::to_string(world_.stored_version) : "";
        const bool refused = !world_.quiet && world_.chance.percent(world_.faults.conflict);
        const bool outdated =
            version != current || (world_.stored && world_.stored->epoch > record.epoch);
        if (refused || (outdated && world_.mutant != Mutant::store_takes_all)) {
          world_.reached("save refused");
          return ports::SaveOutcome{.conflict = true, .version = {}};
        }
        check_save(world_, record, blind);
        note_decision(world_, record);
        world_.stored = record;
        if (world_.lease == process) world_.lease_renewed_at = world_.time.now();
        return ports::SaveOutcome{.conflict = false,
                                  .version = std::to_string(++world_.stored_version)};
      });
}

void SimulatedStore::holder(Reply<std::optional<ports::Holder>> reply) {
  remote<std::optional<ports::Holder>>(
      world_, std::move(reply), [this]() -> Result<std::optional<ports::Holder>> {
        if (!world_.lease) return std::optional<ports::Holder>();
        return std::optional(
            ports::Holder{.name = "someone", .host = "host", .process = 1, .since = {}});
      });
}

void SimulatedStore::claim(const ports::Holder&, Reply<ports::ClaimOutcome> reply) {
  const std::uint64_t process = world_.process;
  const std::uint64_t transitions = world_.lease_transitions;
  effect<ports::ClaimOutcome>(
      world_, "claim", std::move(reply),
      [this, process, transitions]() -> Result<ports::ClaimOutcome> {
        if (world_.lease_transitions != transitions)
          return fail(ErrorKind::unavailable, "simulated: the lease changed hands");
        if (world_.lease && world_.time.now() - world_.lease_renewed_at < lease_term)
          return ports::ClaimOutcome{.granted = false, .holder = {}};
        world_.lease = process;
        world_.lease_renewed_at = world_.time.now();
        return ports::ClaimOutcome{
            .granted = true, .holder = {}, .transitions = ++world_.lease_transitions};
      });
}

void SimulatedStore::renew(Reply<bool> reply) {
  const std::uint64_t process = world_.process;
  effect<bool>(world_, "renew", std::move(reply), [this, process]() -> Result<bool> {
    if (world_.lease != process) return false;
    world_.lease_renewed_at = world_.time.now();
    return true;
  });
}

void SimulatedStore::give_up(Reply<Unit> reply) {
  const std::uint64_t process = world_.process;
  effect<Unit>(world_, "give up claim", std::move(reply), [this, process]() -> Result<Unit> {
    if (world_.lease == process) world_.lease.reset();
    return Unit{};
  });
}

void SimulatedStore::submit(const core::Command& command, Reply<Unit> reply) {
  remote<Unit>(world_, std::move(reply), [this, command]() -> Result<Unit> {
    if (!world_.stored) return Unit{};
    world_.stored->inbox.push_back(command);
    ++world_.stored_version;
    return Unit{};
  });
}

void SimulatedStore::remember(const ports::HistoryEntry& entry, Reply<Unit> reply) {
  effect<Unit>(world_, "remember", std::move(reply), [this, entry]() -> Result<Unit> {
    world_.history.push_back(entry);
    return Unit{};
  });
}

void SimulatedStore::history(Reply<ports::History> reply) {
  remote<ports::History>(world_, std::move(reply), [this] {
    return Result<ports::History>(ports::History{.entries = world_.history, .unreadable = {}});
  });
}

void SilentLog::write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) {
  if (level == LogLevel::debug) return;
  std::string line = "log " + std::string(event);
  for (const LogField& field : fields) line += " " + field.key + "=" + field.value;
  world_.note(line);
  if (event == "bug") world_.violate("bug", line);
}

}  // namespace kai::simulation
