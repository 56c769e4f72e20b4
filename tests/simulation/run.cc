#include "run.h"

#include <memory>
#include <utility>

#include "engine/engine.h"
#include "engine/plans.h"
#include "engine/takeover.h"
#include "invariants.h"
#include "simulated_ports.h"
#include "world.h"

namespace kai::simulation {
namespace {

constexpr Duration faults_until = std::chrono::minutes(3);
constexpr Duration quiet_for = std::chrono::minutes(25);
constexpr std::uint64_t events_max = 400'000;
constexpr std::uint64_t seeds_per_sequential = 4;  // every fourth is judged sequentially

core::Plan plan() {
  core::Plan plan;
  plan.target = {.release = "kai", .name_space = "default", .context = "", .kubeconfig = ""};
  plan.services = {{.name = "api-server", .port = {}}};
  plan.steps = {{core::Weight::from_hundredths(1000), std::chrono::seconds(8)},
                {core::Weight::from_hundredths(2500), std::chrono::seconds(8)},
                {core::Weight::from_hundredths(5000), std::chrono::seconds(8)}};
  plan.timing.interval = std::chrono::seconds(2);
  plan.timing.canary_time = std::chrono::seconds(24);
  plan.timing.ready_within = std::chrono::seconds(30);
  plan.timing.applied_within = std::chrono::seconds(20);
  plan.timing.final_bake = std::chrono::seconds(5);
  plan.timing.drain = drain_time;
  plan.timing.helm_timeout = std::chrono::seconds(10);
  plan.timing.timeout = std::chrono::minutes(4);
  plan.policy.unknown_budget = std::chrono::seconds(20);
  return plan;
}

core::Record first_record(const World& world) {
  core::Record record{.plan = plan()};
  if (world.faults.sequential) {
    record.plan.limits.judge = core::JudgeRule::sequential;
    record.plan.limits.warm_up = std::chrono::seconds(2);
  }
  record.rollout = "sim";
  record.settled = false;
  record.start_revision = 1;
  record.workload_plan = engine::pack(ports::WorkloadPlan{.data = "workload",
                                                          .name_space = "default",
                                                          .services = {{.name = "api-server"}},
                                                          .lines = {}});
  record.metric_plan = engine::pack(ports::MetricPlan{
      .data = "metrics", .edges = {{}}, .scrape_interval = std::chrono::seconds(1), .lines = {}});
  record.route_plan = "route";
  record.release_plan = "release";
  return record;
}

// The ports of one process.
struct SimulatedPorts {
  SimulatedPorts(World& world, std::uint64_t process)
      : router(world),
        workload(world),
        release(world),
        metrics(world),
        store(world),
        timers(world, process) {}
  [[nodiscard]] engine::Ports all(ports::RolloutViewer& viewer) {
    return {release, workload, router, metrics, store, viewer};
  }

  SimulatedRouter router;
  SimulatedWorkload workload;
  SimulatedRelease release;
  SimulatedMetrics metrics;
  SimulatedStore store;
  ProcessTimers timers;
};

// The driver: starts the engine's process, kills it, starts it again, and lets people and bots
// interfere.
class Driver {
 public:
  Driver(std::uint64_t seed, Mutant mutant, const MakeOnlooker& onlooker)
      : world_(seed, mutant), log_(world_), viewer_(world_) {
    if (onlooker) viewer_.onlooker = onlooker(world_.time, world_.wall);
    // Not drawn, so that every other seed lives as it always did.
    world_.faults.sequential = seed % seeds_per_sequential == 0;
  }
  Driver(const Scenario& scenario, const std::vector<Blow>& blows, const MakeOnlooker& onlooker)
      : world_(scenario.faults, blows),
        log_(world_),
        viewer_(world_),
        by_chance_(false),
        happening_(scenario.happening) {
    if (onlooker) viewer_.onlooker = onlooker(world_.time, world_.wall);
  }

  Outcome run() {
    world_.note("this world: " + describe(world_.faults));
    start_process();
    every_second();
    std::uint64_t events = 0;
    const SteadyTime stop{faults_until + quiet_for};
    const auto step = [this] { return world_.time.step([this] { world_.pass_time(); }); };
    while (!done_ && world_.time.now() < stop && events < events_max && step()) {
      ++events;
      check_now(world_);
      look();
    }
    check_end(world_);
    world_.quiet = true;
    // What was given up may still land, and must find the door closed.
    const SteadyTime still = world_.time.now() + engine::write_lifetime_max;
    while (world_.time.now() < still && step()) check_now(world_);
    return {.violations = world_.violations,
            .log = world_.log,
            .sometimes = world_.sometimes,
            .end = end(),
            .reason = world_.stored ? world_.stored->reason.code : "",
            .events = events,
            .frames = world_.frames_max,
            .effects = world_.effects};
  }

 private:
  void start_process() {
    stop_process();
    const std::uint64_t process = world_.owner;
    world_.living[process] = {};
    ports_.push_back(std::make_unique<SimulatedPorts>(
        world_, process));  // old ones stay: what they sent may still land
    world_.run_in(process, [this] { take_over(); });
  }

  void take_over() {
    const ports::Holder holder{.name = "sim",
                               .host = "host",
                               .process = static_cast<std::int64_t>(world_.process),
                               .since = {}};
    engine::take_over(
        ports_.back()->store, holder,
        [this](const std::optional<core::Record>& stored) -> Result<core::Record> {
          return stored ? *stored : first_record(world_);
        },
        [this, process = world_.process](Result<engine::Taken> taken) {
          began(process, std::move(taken));
        });
  }

  // It is dead, and the next one has no more than a number yet.
  void stop_process() {
    engine_.reset();
    world_.living.erase(world_.owner);
    succeed();
  }

  void succeed() {
    world_.owner = ++processes_;
    world_.told = {};
  }

  // It stands still for longer than its lease: another one takes over, and then it goes on.
  void freeze() {
    if (!engine_) return;
    world_.note("process stands still");
    world_.reached("frozen process");
    const Duration wait = world_.chance.between(std::chrono::seconds(20), std::chrono::seconds(60));
    world_.living[world_.owner] = world_.time.now() + wait;
    frozen_.push_back(std::move(engine_));
    succeed();
    start_later(lease_term);
  }

  void start_later(Duration wait) {
    world_.time.after(wait, [this, process = world_.owner] {
      if (process == world_.owner) start_process();
    });
  }

  void began(std::uint64_t process, Result<engine::Taken> taken) {
    if (process != world_.owner) return;
    if (!taken) return start_later(std::chrono::seconds(1));
    world_.note("process " + std::to_string(process) + " owns epoch " +
                std::to_string(taken->record.epoch));
    engine_ = std::make_unique<engine::RolloutEngine>(
        ports_.back()->all(viewer_),
        engine::Seams{world_.time, world_.wall, ports_.back()->timers, log_},
        std::move(taken->record), std::move(taken->version));
    engine_->start();
  }

  void look() {
    if (std::exchange(world_.dying, false)) {
      world_.note("process dies");
      return restart_later(lease_term);
    }
    happen_if_due();
    if (!engine_) return;
    switch (engine_->end()) {
      case engine::EngineEnd::running:
        return;
      case engine::EngineEnd::over:
        stop_process();
        done_ = true;
        return;
      case engine::EngineEnd::paused:
        world_.reached("paused");
        done_ = !resume_later();
        return;
      case engine::EngineEnd::lost:
        restart_later(std::chrono::seconds(1));
        return;
      case engine::EngineEnd::broken:
        done_ = true;
        return;
    }
  }

  void happen_if_due() {
    if (!happening_ || !engine_) return;
    const core::Record& record = engine_->record();
    if (record.stage != happening_->stage || record.step != happening_->step) return;
    const Happening now = *happening_;
    happening_.reset();
    world_.time.after(std::chrono::seconds(1), [this, now] { happen(now.what); });
  }

  void happen(Happening::What what) {
    switch (what) {
      case Happening::What::abort:
        return command(core::Verb::abort);
      case Happening::What::pause_and_resume:
        resumes_ = true;
        return command(core::Verb::pause);
      case Happening::What::weight_up:
        return set_route(core::Weight::from_hundredths(9000));
      case Happening::What::weight_down:
        return set_route(core::Weight::from_hundredths(100));
      case Happening::What::entry_removed:
        return remove_entry();
      case Happening::What::foreign_release:
        return upgrade_by_hand();
      case Happening::What::source_dies:
        world_.source_up = false;
        source_stays_down_ = true;
        return world_.note("metric source dies");
      case Happening::What::pods_die:
        return lose_pods(std::chrono::seconds(4));
    }
  }

  // A person looks at a paused rollout and lets it go on, or not.
  bool resume_later() {
    stop_process();
    const bool resumes = resumes_ || (by_chance_ && !world_.quiet && world_.chance.one_in(2));
    if (!resumes) return false;
    resumes_ = false;
    command(core::Verb::resume);
    restart_later(std::chrono::seconds(3));
    return true;
  }

  void restart_later(Duration wait) {
    stop_process();
    start_later(wait);
  }

  void command(core::Verb verb) {
    core::Command command{.id = "command" + std::to_string(++commands_),
                          .verb = verb,
                          .who = "person",
                          .when = world_.wall.now()};
    world_.note("person: " + std::string(name_of(verb)));
    if (!world_.stored) return;
    world_.stored->inbox.push_back(std::move(command));
    ++world_.stored_version;
  }

  void every_second() {
    if (world_.time.now() >= SteadyTime{faults_until}) calm_down();
    if (!world_.quiet) interfere();
    world_.time.after(std::chrono::seconds(1), [this] { every_second(); });
  }

  void calm_down() {
    if (world_.quiet) return;
    world_.quiet = world_.traffic = true;
    world_.source_up = !source_stays_down_;
    world_.store_refuses = false;
    world_.note("quiet from here");
  }

  void interfere() {
    Chance& chance = world_.chance;
    if (chance.percent(world_.faults.crash)) crash();
    if (chance.percent(world_.faults.freeze)) freeze();
    if (chance.percent(world_.faults.pods_die)) kill_pods();
    if (chance.percent(world_.faults.source_down)) world_.source_up = false;
    if (!world_.source_up && !source_stays_down_ && chance.one_in(12)) world_.source_up = true;
    if (chance.percent(world_.faults.store_refuses)) world_.store_refuses = true;
    if (world_.store_refuses && chance.one_in(10)) world_.store_refuses = false;
    if (chance.percent(world_.faults.clock_jumps)) jump_clock();
    if (chance.percent(world_.faults.traffic_stops)) world_.traffic = false;
    if (!world_.traffic && chance.one_in(8)) world_.traffic = true;
    if (chance.percent(world_.faults.foreign_route))
      set_route(core::Weight::from_hundredths(static_cast<std::int64_t>(chance.below(100)) * 100));
    if (chance.percent(world_.faults.foreign_release)) upgrade_by_hand();
    if (chance.percent(world_.faults.abort) && world_.stored && !aborted_) {
      aborted_ = true;
      command(core::Verb::abort);
    }
    if (chance.percent(world_.faults.promote)) command(core::Verb::promote);
    if (chance.percent(world_.faults.pause))
      command(chance.one_in(2) ? core::Verb::pause : core::Verb::resume);
  }

  void jump_clock() {
    const Duration jump = std::chrono::seconds(30);
    world_.source_ahead += world_.chance.one_in(2) ? jump : -jump;
    world_.note("the source's clock jumps");
  }

  void crash() {
    world_.note("process dies");
    world_.reached("crash");
    if (world_.stored && !world_.stored->authorised.is_zero()) world_.reached("crash with weight");
    if (world_.stored && world_.stored->phase == core::Phase::rolled_back)
      world_.reached("crash in rollback");
    if (world_.helm_running) world_.reached("crash while Helm runs");
    restart_later(lease_term);
  }

  void kill_pods() {
    const bool for_good = world_.chance.one_in(4);
    const Duration back = world_.chance.between(std::chrono::seconds(1), std::chrono::seconds(6));
    lose_pods(for_good ? std::nullopt : std::optional(back));
  }

  void lose_pods(std::optional<Duration> back) {
    if (!world_.pods.exist || world_.pods.ready == 0) return;
    world_.pods.ready = world_.chance.one_in(3) ? world_.pods.ready - 1 : 0;
    world_.note("canary pods die; " + std::to_string(world_.pods.ready) + " left");
    ports_.back()->workload.wake();
    if (!back) return;
    world_.time.after(*back, [this] {
      if (!world_.pods.exist) return;
      world_.pods.ready = world_.pods.wanted;
      ports_.back()->workload.wake();
    });
  }

  void set_route(core::Weight weight) {
    if (!world_.route.attached) return;
    const bool one_only = by_chance_ && world_.chance.one_in(3);
    if (one_only && !world_.route.second) world_.route.second = second_of_route();
    if (!one_only) world_.route.second.reset();
    world_.route.weight = weight;
    world_.route.foreign = true;
    world_.route.version += 1;
    world_.note("somebody sets the route to " + format_weight(weight));
  }

  void remove_entry() {
    World::Route& route = world_.route;
    if (!route.attached) return;
    route.attached = false;
    route.weight = core::Weight::zero();
    route.second.reset();
    route.foreign = true;
    route.version += 1;
    world_.entry_removed = true;
    world_.note("somebody takes the entry out");
  }

  [[nodiscard]] World::Binding second_of_route() const {
    const World::Route& route = world_.route;
    return {.weight = route.weight, .stamp = route.stamp, .version = route.version};
  }

  void upgrade_by_hand() {
    if (world_.release != World::Release::as_started || world_.helm_running) return;
    world_.release = World::Release::superseded;
    world_.note("somebody upgrades the release");
  }

  [[nodiscard]] std::string end() const {
    if (!world_.stored) return "none";
    const core::Record& record = *world_.stored;
    std::string text(name_of(record.phase));
    if (record.phase == core::Phase::paused) return text + "/" + record.reason.code;
    return record.end == core::End::promoted ? text : text + "/" + std::string(name_of(record.end));
  }

  World world_;
  SilentLog log_;
  SilentViewer viewer_;
  std::vector<std::unique_ptr<SimulatedPorts>> ports_;
  std::unique_ptr<engine::RolloutEngine> engine_;
  std::vector<std::unique_ptr<engine::RolloutEngine>> frozen_;  // or were so, and another one came
  std::uint64_t processes_ = 0;
  std::uint64_t commands_ = 0;
  bool aborted_ = false;
  bool done_ = false;
  bool by_chance_ = true;               // people do as they like
  bool resumes_ = false;                // a person lets the next pause go on
  bool source_stays_down_ = false;      // for good
  std::optional<Happening> happening_;  // still to come
};

}  // namespace

Outcome run(std::uint64_t seed, Mutant mutant, const MakeOnlooker& onlooker) {
  auto driver = std::make_unique<Driver>(seed, mutant, onlooker);
  return driver->run();
}

Outcome run(const Scenario& scenario, const std::vector<Blow>& blows,
            const MakeOnlooker& onlooker) {
  auto driver = std::make_unique<Driver>(scenario, blows, onlooker);
  return driver->run();
}

}  // namespace kai::simulation
