#include "edges/local_workload/bring_up.h"

#include <algorithm>
#include <utility>

#include "edges/local_workload/instance_spec.h"

namespace kai::edges {
namespace {

class BringUp : public std::enable_shared_from_this<BringUp> {
 public:
  BringUp(std::shared_ptr<Fleet> fleet, LocalPlan plan, core::Weight size, std::string rollout,
          Reply<Unit> reply)
      : fleet_(std::move(fleet)),
        plan_(std::move(plan)),
        size_(size),
        rollout_(std::move(rollout)),
        reply_(std::move(reply)) {}

  void begin() {
    fleet_->clear_leftovers(rollout_, "", [self = shared_from_this()](Result<Unit> cleared) {
      if (!cleared) return self->reply_(std::move(cleared));
      const Result<Unit> started = self->start();
      self->reply_(started);
      if (started) self->await(InstanceArm::stable);
      if (started) self->await(InstanceArm::canary);
    });
  }

 private:
  Result<Unit> start() {
    const auto file = fleet_->load();
    if (!file) return std::unexpected(file.error());
    if (const LocalRevision* const stable = file->deployed()) {
      stable_tag_ = stable->tag;
      for (const core::LocalService& service : stable->release.services) {
        const auto started = fleet_->ensure({.release = &stable->release,
                                             .service = &service,
                                             .tag = stable->tag,
                                             .rollout = stable->rollout,
                                             .count = service.instances,
                                             .arm = InstanceArm::stable});
        if (!started) return started;
      }
    }
    for (const core::LocalService& service : plan_.release.services) {
      const auto judged = std::ranges::find(plan_.judged, service.name, &JudgedService::name);
      if (judged == plan_.judged.end()) continue;
      const auto started = fleet_->ensure(
          {.release = &plan_.release,
           .service = &service,
           .tag = plan_.tag,
           .rollout = rollout_,
           .count = canary_instances_for(size_, judged->stable_instances, plan_.canary_instances)});
      if (!started) return started;
    }
    return Unit{};
  }

  // What does not become healthy is seen by who looks, with its reason.
  void await(InstanceArm arm) {
    const auto file = fleet_->load();
    if (!file) return;
    const std::string tag = arm == InstanceArm::canary ? plan_.tag : stable_tag_;
    std::vector<Instance> instances;
    std::ranges::copy_if(file->instances, std::back_inserter(instances), [&](const Instance& each) {
      return each.arm == arm && each.tag == tag && fleet_->is_alive(each);
    });
    // Each on its own: one that fails at once must not keep those from users that need longer.
    const auto open = std::make_shared<std::size_t>(instances.size());
    for (const Instance& each : instances) {
      fleet_->await_healthy({each}, std::make_shared<bool>(false),
                            [self = shared_from_this(), arm, tag, open](Result<Unit>) {
                              if (--*open == 0) self->publish(arm, tag);
                            });
    }
  }

  void publish(InstanceArm arm, const std::string& tag) {
    fleet_->publish(tag, arm, [self = shared_from_this()](Result<Unit> published) {
      if (!published) {
        self->fleet_->seams().log.write(LogLevel::warn, "not_published",
                                        {{"why", published.error().message}});
      }
      self->fleet_->tell(ports::WorkloadNews::changed);
    });
  }

  std::shared_ptr<Fleet> fleet_;
  LocalPlan plan_;
  core::Weight size_;
  std::string rollout_;
  std::string stable_tag_;
  Reply<Unit> reply_;
};

}  // namespace

void bring_up_canary(const std::shared_ptr<Fleet>& fleet, LocalPlan plan, core::Weight size,
                     std::string rollout, Reply<Unit> reply) {
  std::make_shared<BringUp>(fleet, std::move(plan), size, std::move(rollout), std::move(reply))
      ->begin();
}

}  // namespace kai::edges
