// The ports of a simulated world: each call takes time, may be lost, refused, or be done much later
// than told.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/timers.h"
#include "ports/metric_source.h"
#include "ports/release.h"
#include "ports/rollout_store.h"
#include "ports/rollout_view.h"
#include "ports/router.h"
#include "ports/workload.h"
#include "world.h"

namespace kai::simulation {

inline constexpr Duration lease_term = std::chrono::seconds(15);

inline constexpr Duration short_wait_max = std::chrono::milliseconds(40);
inline constexpr Duration late_max = std::chrono::seconds(14);  // less than a write may live

// What becomes of one call.
struct Fate {
  bool done = true;        // it happens
  bool told = true;        // its own answer arrives
  Duration wait{0};        // until it happens
  const char* error = "";  // what arrives instead, at once when it happens late
};

[[nodiscard]] Fate draw_fate(World& world);
// The fate of an effect that meets `blow`. May kill the process.
[[nodiscard]] Fate fate_of(World& world, Blow::Kind blow);

// Runs `act` in the world as `fate` says and hands its answer to `reply`. Replies to a process that
// died go nowhere; what it sent is done all the same.
template <typename T, typename F>
void call(World& world, const Fate& fate, Reply<T> reply, F act, bool dies_with_reply = false) {
  const std::uint64_t process = world.process;
  auto shared = std::make_shared<Reply<T>>(std::move(reply));
  const auto answer = [&world, process, shared](Result<T> result) {
    world.run_in(process,
                 [shared, result = std::move(result)]() mutable { (*shared)(std::move(result)); });
  };
  const bool late = fate.wait > short_wait_max;
  const auto refuse = [answer, error = fate.error] {
    answer(fail(ErrorKind::unavailable, std::string("simulated: ") + error));
  };
  if (!fate.told && (late || !fate.done)) world.time.after(short_wait_max, refuse);
  if (!fate.done) return;
  world.time.after(fate.wait, [&world, fate, late, process, answer, refuse, dies_with_reply,
                               act = std::move(act)]() mutable {
    world.landing_late = late;
    Result<T> result = act();
    world.landing_late = false;
    if (late) return;
    if (!fate.told) return refuse();
    answer(std::move(result));
    if (dies_with_reply) world.die(process);
  });
}

// A question.
template <typename T, typename F>
void remote(World& world, Reply<T> reply, F act) {
  if (world.is_dead()) return;
  call(world, draw_fate(world), std::move(reply), std::move(act));
}

// Something that changes the world: counted, and may meet a blow.
template <typename T, typename F>
void effect(World& world, std::string_view name, Reply<T> reply, F act) {
  if (world.is_dead()) return;
  const auto blow = world.next_effect(name);
  if (!blow) return call(world, draw_fate(world), std::move(reply), std::move(act));
  call(world, fate_of(world, *blow), std::move(reply), std::move(act),
       *blow == Blow::Kind::crash_after);
}

// The timers of one process: they stand still while it does.
class ProcessTimers final : public Timers {
 public:
  ProcessTimers(World& world, std::uint64_t process) : world_(world), process_(process) {}
  TimerId at(SteadyTime when, Task task) override {
    const TimerId id = ++last_;
    waiting_.emplace(id, std::move(task));
    world_.time.at(when, [this, id] { world_.run_in(process_, [this, id] { run(id); }); });
    return id;
  }
  void cancel(TimerId timer) override { waiting_.erase(timer); }

 private:
  void run(TimerId id) {
    auto node = waiting_.extract(id);
    if (!node.empty()) node.mapped()();
  }

  World& world_;
  std::uint64_t process_;
  TimerId last_ = 0;
  std::map<TimerId, Task> waiting_;
};

class SimulatedRouter final : public ports::Router {
 public:
  explicit SimulatedRouter(World& world) : world_(world) {}
  void plan(const core::Plan&, const ports::WorkloadPlan&,
            Reply<ports::Planned<ports::RoutePlan>>) override {}
  void apply(const Tree& plan, const ports::RouteTarget& target, const core::Stamp& stamp,
             Reply<ports::Receipt> reply) override;
  void observe(const Tree& plan, Reply<core::RouteSeen> reply) override;
  void restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) override;

 private:
  [[nodiscard]] Result<ports::Receipt> land(const ports::RouteTarget& target,
                                            const core::Stamp& stamp, const World::Route& expected,
                                            bool alive);
  void write_first(const ports::RouteTarget& target, const core::Stamp& stamp);

  World& world_;
  std::optional<World::Route> known_;   // as last seen by this process: what its next write tests
  std::optional<core::Stamp> written_;  // its own newest one that was accepted
};

class SimulatedWorkload final : public ports::Workload {
 public:
  explicit SimulatedWorkload(World& world) : world_(world) {}
  void plan(const core::Plan&, const ports::ReleasePlan&,
            Reply<ports::Planned<ports::WorkloadPlan>>) override {}
  void bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                Reply<Unit> reply) override;
  void observe(const Tree& plan, core::Weight size, Reply<ports::WorkloadState> reply) override;
  void evidence(const Tree& plan, Reply<ports::Evidence> reply) override;
  void discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) override;
  std::unique_ptr<ports::Watching> watch(
      const Tree& plan, std::move_only_function<void(ports::WorkloadNews)> tell) override;

  // Somebody's pods changed: the watch of the living process is told.
  void wake();

 private:
  [[nodiscard]] ports::WorkloadState state(core::Weight size) const;

  World& world_;
  std::weak_ptr<std::move_only_function<void(ports::WorkloadNews)>> tell_;  // gone with its watch
  std::uint64_t process_ = 0;                                               // that watches
};

class SimulatedRelease final : public ports::Release {
 public:
  explicit SimulatedRelease(World& world) : world_(world) {}
  void plan(const core::Plan&, Reply<ports::Planned<ports::ReleasePlan>>) override {}
  void upgrade(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void stop_upgrade() override { world_.helm_stop = true; }
  void revert(const Tree& plan, const std::string& rollout, Reply<Unit> reply) override;
  void observe(const Tree& plan, const std::string& rollout,
               Reply<core::ReleaseSeen> reply) override;

 private:
  void end_upgrade(bool refused);

  World& world_;
};

class SimulatedMetrics final : public ports::MetricSource {
 public:
  explicit SimulatedMetrics(World& world) : world_(world) {}
  void plan(const core::Plan&, const ports::WorkloadPlan&, const std::vector<ports::PodTarget>&,
            Reply<ports::Planned<ports::MetricPlan>>) override {}
  void counters(const Tree& plan, const std::vector<ports::PodTarget>& pods,
                Reply<ports::Counters> reply) override;

 private:
  [[nodiscard]] ports::Counters answer();
  [[nodiscard]] Result<ports::Counters> odd_answer();

  World& world_;
  std::optional<WallTime> last_;
  World::Served before_;  // at `last_`
};

class SimulatedStore final : public ports::RolloutStore {
 public:
  explicit SimulatedStore(World& world) : world_(world) {}
  void load(Reply<std::optional<ports::Stored>> reply) override;
  void save(const core::Record& record, const std::string& version,
            Reply<ports::SaveOutcome> reply) override;
  void holder(Reply<std::optional<ports::Holder>> reply) override;
  void claim(const ports::Holder& holder, Reply<ports::ClaimOutcome> reply) override;
  void renew(Reply<bool> reply) override;
  void give_up(Reply<Unit> reply) override;
  void submit(const core::Command& command, Reply<Unit> reply) override;
  void remember(const ports::HistoryEntry& entry, Reply<Unit> reply) override;
  void history(Reply<ports::History> reply) override;

 private:
  World& world_;
};

class SilentViewer final : public ports::RolloutViewer {
 public:
  explicit SilentViewer(World& world) : world_(world) {}
  void show(const ports::RolloutView& view,
            const std::vector<ports::RolloutEvent>& events) override {
    for (const auto& event : events)
      world_.note(event.kind + " " + event.code + " " + event.sentence);
    if (onlooker) onlooker->show(view, events);
  }
  std::unique_ptr<ports::RolloutViewer> onlooker;

 private:
  World& world_;
};

class SilentLog final : public Log {
 public:
  explicit SilentLog(World& world) : world_(world) {}
  void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override;

 private:
  World& world_;
};

}  // namespace kai::simulation
