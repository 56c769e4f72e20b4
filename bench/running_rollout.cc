#include "bench/running_rollout.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/plans.h"

namespace kai::bench {
namespace {

constexpr auto rollout_id = "bench";
const core::Weight weight = core::Weight::from_hundredths(1000);

core::Plan plan_of(const ports::WorkloadPlan& workload) {
  core::Plan plan;
  plan.target = {.release = "kai", .name_space = "shop", .context = "", .kubeconfig = ""};
  for (const ports::ServicePlan& service : workload.services)
    plan.services.push_back({.name = service.name, .port = {}});
  plan.steps = {{weight, std::chrono::minutes(5)},
                {core::Weight::from_hundredths(5000), std::chrono::minutes(5)}};
  plan.timing.interval = std::chrono::seconds(1);
  return plan;
}

std::shared_ptr<kubeapi::Credentials> nobody(const kubeapi::ClusterAccess& access, os::Disk& disk,
                                             os::Process& process, const WallClock& wall) {
  return std::make_shared<kubeapi::Credentials>(access.user, access.server, disk, process, wall,
                                                std::map<std::string, std::string>(), nullptr);
}

}  // namespace

RunningRollout::RunningRollout(std::size_t services, Answers prometheus_answers)
    : loop_(steady_,
            [](std::string_view what) {
              std::cerr << "bench: bug in a callback: " << what << '\n';
              std::abort();
            }),
      disk_("/tmp"),
      process_(loop_, loop_, steady_),
      workload_plan_(bench_workload(services)),
      api_(loop_, steady_, workload_plan_),
      prometheus_(loop_, wall_, prometheus_answers),
      http_(loop_, {}),
      client_(http_, loop_, steady_, api_.access(), nobody(api_.access(), disk_, process_, wall_)),
      router_(client_, log_),
      metrics_(http_, &client_, loop_, steady_, wall_),
      release_(loop_),
      workload_(loop_, steady_, services),
      store_(loop_) {
  prometheus_.set_pods(workload_.pods());
}

core::Record RunningRollout::record() const {
  core::Record record{.plan = plan_of(workload_plan_)};
  record.epoch = epoch_;
  record.seq = 1;
  record.rollout = rollout_id;
  record.stage = core::Stage::bake;
  record.settled = false;
  record.route_touched = record.exposed = true;
  record.authorised = weight;
  record.start_revision = 1;
  record.release_plan = "release";
  record.workload_plan = engine::pack(workload_plan_);
  record.route_plan = edges::pack_route_data(api_.route_plan());
  const std::size_t services = workload_plan_.services.size();
  record.metric_plan =
      engine::pack(ports::MetricPlan{.data = edges::pack_prom_plan(prometheus_.plan(services)),
                                     .edges = std::vector<std::vector<double>>(services),
                                     .scrape_interval = std::chrono::seconds(1),
                                     .lines = {}});
  return record;
}

void RunningRollout::begin() {
  engine_.reset();
  ++epoch_;
  workload_.heal();
  core::Record taken = record();
  taken.route_stamp = {.rollout = rollout_id, .epoch = epoch_ - 1, .seq = 1};
  api_.reset(weight, taken.route_stamp);
  std::string version = store_.put(taken);
  engine_ = std::make_unique<engine::RolloutEngine>(
      engine::Ports{release_, workload_, router_, metrics_, store_, viewer_},
      engine::Seams{steady_, wall_, loop_, log_}, std::move(taken), std::move(version));
  engine_->start();
}

void RunningRollout::run_for(Duration wait) {
  bool over = false;
  loop_.at(steady_.now() + wait, [&over] { over = true; });
  loop_.run_until([&over] { return over; });
}

bool RunningRollout::run_until(std::move_only_function<bool()> done) {
  bool over = false;
  const TimerId timer = loop_.at(steady_.now() + wait_max, [&over] { over = true; });
  loop_.run_until([&] { return over || done(); });
  loop_.cancel(timer);
  return done();
}

bool RunningRollout::run_until_asked() {
  return run_until([this] { return prometheus_.waiting() > 0; });
}

std::optional<Duration> RunningRollout::lose_endpoints() {
  KAI_CHECK(!api_.zero_at());
  workload_.lose_endpoints();
  if (!run_until([this] { return api_.zero_at().has_value(); })) return std::nullopt;
  return *api_.zero_at() - *workload_.told_at();
}

std::optional<Duration> RunningRollout::abort() {
  KAI_CHECK(!api_.zero_at());
  const SteadyTime told = steady_.now();
  engine_->command({.id = "abort", .verb = core::Verb::abort, .who = "bench", .when = wall_.now()});
  if (!run_until([this] { return api_.zero_at().has_value(); })) return std::nullopt;
  return *api_.zero_at() - told;
}

}  // namespace kai::bench
