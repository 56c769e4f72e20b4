// What an engine may still do when its claim has run out.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "engine/engine.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_log.h"
#include "tests/fakes/fake_timers.h"

namespace kai::engine {
namespace {

using std::chrono::seconds;

// Does what it is told; of how things stand it says nothing.
struct Workload final : ports::Workload {
  int discards = 0;

  void plan(const core::Plan&, const ports::ReleasePlan&,
            Reply<ports::Planned<ports::WorkloadPlan>>) override {}
  void bring_up(const Tree&, core::Weight, const core::Stamp&, Reply<Unit> reply) override {
    reply(Unit{});
  }
  void observe(const Tree&, core::Weight, Reply<ports::WorkloadState>) override {}
  void evidence(const Tree&, Reply<ports::Evidence> reply) override { reply(ports::Evidence()); }
  void discard(const Tree&, const std::string&, Reply<bool>) override { ++discards; }
  std::unique_ptr<ports::Watching> watch(
      const Tree&, std::move_only_function<void(ports::WorkloadNews)>) override {
    return nullptr;
  }
};

struct Router final : ports::Router {
  void plan(const core::Plan&, const ports::WorkloadPlan&,
            Reply<ports::Planned<ports::RoutePlan>>) override {}
  void apply(const Tree&, const ports::RouteTarget&, const core::Stamp&,
             Reply<ports::Receipt>) override {}
  void observe(const Tree&, Reply<core::RouteSeen>) override {}
  void restore(const Tree&, const core::Stamp&, Reply<bool>) override {}
};

struct Release final : ports::Release {
  void plan(const core::Plan&, Reply<ports::Planned<ports::ReleasePlan>>) override {}
  void upgrade(const Tree&, const std::string&, Reply<Unit>) override {}
  void stop_upgrade() override {}
  void revert(const Tree&, const std::string&, Reply<Unit>) override {}
  void observe(const Tree&, const std::string&, Reply<core::ReleaseSeen>) override {}
};

struct Metrics final : ports::MetricSource {
  void plan(const core::Plan&, const ports::WorkloadPlan&, const std::vector<ports::PodTarget>&,
            Reply<ports::Planned<ports::MetricPlan>>) override {}
  void counters(const Tree&, const std::vector<ports::PodTarget>&,
                Reply<ports::Counters>) override {}
};

struct Viewer final : ports::RolloutViewer {
  void show(const ports::RolloutView&, const std::vector<ports::RolloutEvent>&) override {}
};

// Takes every save; who holds the lease is the test's to say.
struct Store final : ports::RolloutStore {
  explicit Store(Timers& timers_in, const SteadyClock& steady_in)
      : timers(timers_in), steady(steady_in) {}

  Timers& timers;
  const SteadyClock& steady;
  bool renews = false;
  int saves = 0;

  template <typename T>
  void answer(Reply<T> reply, Result<T> result) {
    auto shared = std::make_shared<Reply<T>>(std::move(reply));
    timers.at(steady.now(), [shared, result]() mutable { (*shared)(std::move(result)); });
  }
  void load(Reply<std::optional<ports::Stored>>) override {}
  void save(const core::Record&, const std::string&, Reply<ports::SaveOutcome> reply) override {
    answer<ports::SaveOutcome>(
        std::move(reply),
        ports::SaveOutcome{.conflict = false, .version = std::to_string(++saves)});
  }
  void holder(Reply<std::optional<ports::Holder>>) override {}
  void claim(const ports::Holder&, Reply<ports::ClaimOutcome>) override {}
  void renew(Reply<bool> reply) override {
    if (renews) return answer<bool>(std::move(reply), true);
    answer<bool>(std::move(reply), fail(ErrorKind::unavailable, "no route to the API server"));
  }
  void give_up(Reply<Unit>) override {}
  void submit(const core::Command&, Reply<Unit>) override {}
  void remember(const ports::HistoryEntry&, Reply<Unit>) override {}
  void history(Reply<ports::History>) override {}
};

struct Clock final : SteadyClock {
  explicit Clock(const fakes::FakeTimers& timers_in) : timers(timers_in) {}
  [[nodiscard]] SteadyTime now() const override { return timers.now(); }
  const fakes::FakeTimers& timers;
};

core::Record waiting_for_pods() {
  core::Record record;
  record.rollout = "r1";
  record.epoch = 3;
  record.seq = 7;
  record.settled = false;
  record.plan.steps = {{core::Weight::from_hundredths(1000), seconds(60)}};
  record.plan.timing.ready_within = record.plan.timing.timeout = std::chrono::minutes(10);
  return record;
}

struct World {
  fakes::FakeTimers timers;
  fakes::FakeWallClock wall;
  fakes::FakeLog log;
  Clock steady{timers};
  Release release;
  Workload workload;
  Router router;
  Metrics metrics;
  Store store{timers, steady};
  Viewer viewer;
  RolloutEngine engine{Ports{release, workload, router, metrics, store, viewer},
                       Seams{steady, wall, timers, log}, waiting_for_pods(), "1"};

  void abort() { engine.command({.id = "c", .verb = core::Verb::abort, .who = "ann", .when = {}}); }
};

TEST(Saving, AnAcceptedSaveKeepsAClaimThatIsYoung) {
  World world;
  world.engine.start();
  world.timers.advance(seconds(8));
  world.abort();
  world.timers.advance(seconds(1));
  EXPECT_GT(world.store.saves, 0);
  EXPECT_GT(world.workload.discards, 0);
}

// Between its claim and its first save the next owner has the lease and has written nothing.
TEST(Saving, AnAcceptedSaveBringsNoClaimBackThatHadRunOut) {
  World world;
  world.engine.start();
  world.timers.advance(seconds(20));
  const int before = world.store.saves;
  world.abort();
  world.timers.advance(seconds(20));
  EXPECT_GT(world.store.saves, before) << "what was decided is kept all the same";
  EXPECT_EQ(world.workload.discards, 0);
  world.store.renews = true;
  world.timers.advance(seconds(6));
  EXPECT_GT(world.workload.discards, 0) << "the renewal says that the lease is ours still";
}

}  // namespace
}  // namespace kai::engine
