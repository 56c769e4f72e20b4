#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/local_workload/bring_up.h"
#include "edges/local_workload/discard.h"
#include "edges/local_workload/fleet.h"
#include "edges/local_workload/local_arms.h"
#include "edges/local_workload/local_edge.h"
#include "edges/local_workload/workload_plan.h"

namespace kai::edges {
namespace {

constexpr std::size_t evidence_lines_max = 50;      // of one log
constexpr std::size_t evidence_instances_max = 20;  // whose logs are kept

std::vector<InstanceSeen> look_at(Fleet& fleet, const ReleaseFile& file) {
  std::vector<InstanceSeen> all;
  for (const Instance& each : file.instances) {
    InstanceSeen seen{.instance = each, .is_alive = fleet.is_alive(each), .fatal = {}};
    seen.is_healthy = seen.is_alive && fleet.health().is_healthy(each);
    if (!seen.is_alive) {
      seen.fatal = fleet.death_of(each);
    } else if (fleet.health().is_overdue(each)) {
      seen.fatal = core::Reason{"not_healthy", fleet.health().why_late(each)};
    }
    all.push_back(std::move(seen));
  }
  return all;
}

// Both questions are asked at once; whoever answers last tells what was seen.
class Look : public std::enable_shared_from_this<Look> {
 public:
  Look(std::shared_ptr<Fleet> fleet, LocalPlan plan, core::Weight size,
       Reply<ports::WorkloadState> reply)
      : fleet_(std::move(fleet)), plan_(std::move(plan)), size_(size), reply_(std::move(reply)) {}

  void begin() {
    const auto file = fleet_->load();
    if (!file) return reply_(std::unexpected(file.error()));
    fleet_->watch_all();
    fleet_->cut_logs(*file);
    std::vector<Instance> asked;
    std::ranges::copy_if(file->instances, std::back_inserter(asked), [&](const Instance& each) {
      return each.arm != InstanceArm::retiring && fleet_->is_alive(each);
    });
    open_ = asked.empty() ? 1 : 2;
    fleet_->seams().served.served(
        [self = shared_from_this()](Result<std::vector<ServedNow>> served) {
          self->served_ = std::move(served);
          self->answered();
        });
    if (asked.empty()) return;
    fleet_->health().ask(asked, [self = shared_from_this()](Result<Unit>) { self->answered(); });
  }

 private:
  void answered() {
    if (--open_ > 0) return;
    if (!served_) return reply_(std::unexpected(served_.error()));
    const auto file = fleet_->load();  // it may have changed meanwhile
    if (!file) return reply_(std::unexpected(file.error()));
    const std::vector<InstanceSeen> seen = look_at(*fleet_, *file);
    reply_(state_of({.plan = plan_, .file = *file, .instances = seen, .served = *served_}, size_));
  }

  std::shared_ptr<Fleet> fleet_;
  LocalPlan plan_;
  core::Weight size_;
  Reply<ports::WorkloadState> reply_;
  int open_ = 0;
  Result<std::vector<ServedNow>> served_;
};

Result<ports::Evidence> gather(Fleet& fleet, const LocalPlan& plan) {
  const auto file = fleet.load();
  if (!file) return std::unexpected(file.error());
  ports::Evidence evidence;
  std::size_t kept = 0;
  for (const InstanceSeen& each : look_at(fleet, *file)) {
    const Instance& instance = each.instance;
    if (instance.arm != InstanceArm::canary || instance.tag != plan.tag) continue;
    if (++kept > evidence_instances_max) break;
    evidence.lines.push_back("process " + name_of(instance) + ", pid " +
                             std::to_string(instance.process.pid) + ", port " +
                             std::to_string(instance.port) + ": " +
                             (each.fatal        ? each.fatal->sentence
                              : each.is_healthy ? "healthy"
                                                : "not healthy"));
    evidence.lines.push_back("--- log of " + name_of(instance));
    std::ranges::move(fleet.last_words(instance, evidence_lines_max),
                      std::back_inserter(evidence.lines));
  }
  return evidence;
}

}  // namespace

ProcessWorkload::ProcessWorkload(std::shared_ptr<Fleet> fleet) : fleet_(std::move(fleet)) {}

ProcessWorkload::~ProcessWorkload() { fleet_->close(); }

void ProcessWorkload::plan(const core::Plan& plan, const ports::ReleasePlan& release,
                           Reply<ports::Planned<ports::WorkloadPlan>> reply) {
  fleet_->later([fleet = fleet_, plan, release, reply = std::move(reply)]() mutable {
    reply(plan_workload(*fleet, plan, release));
  });
}

void ProcessWorkload::bring_up(const Tree& plan, core::Weight size, const core::Stamp& stamp,
                               Reply<Unit> reply) {
  fleet_->later([fleet = fleet_, data = local_plan_from(plan), size, rollout = stamp.rollout,
                 reply = std::move(reply)]() mutable {
    if (!data) return reply(std::unexpected(data.error()));
    bring_up_canary(fleet, std::move(*data), size, rollout, std::move(reply));
  });
}

void ProcessWorkload::observe(const Tree& plan, core::Weight size,
                              Reply<ports::WorkloadState> reply) {
  fleet_->later(
      [fleet = fleet_, data = local_plan_from(plan), size, reply = std::move(reply)]() mutable {
        if (!data) return reply(std::unexpected(data.error()));
        std::make_shared<Look>(fleet, std::move(*data), size, std::move(reply))->begin();
      });
}

void ProcessWorkload::evidence(const Tree& plan, Reply<ports::Evidence> reply) {
  fleet_->later([fleet = fleet_, data = local_plan_from(plan), reply = std::move(reply)]() mutable {
    if (!data) return reply(std::unexpected(data.error()));
    reply(gather(*fleet, *data));
  });
}

void ProcessWorkload::discard(const Tree& plan, const std::string& rollout, Reply<bool> reply) {
  fleet_->later(
      [fleet = fleet_, data = local_plan_from(plan), rollout, reply = std::move(reply)]() mutable {
        if (!data) return reply(std::unexpected(data.error()));
        discard_canary(fleet, *data, rollout, std::move(reply));
      });
}

std::unique_ptr<ports::Watching> ProcessWorkload::watch(
    const Tree& /*plan*/, std::move_only_function<void(ports::WorkloadNews)> tell) {
  fleet_->watch_all();
  return fleet_->listen(std::move(tell));
}

}  // namespace kai::edges
