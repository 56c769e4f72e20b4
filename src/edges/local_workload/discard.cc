#include "edges/local_workload/discard.h"

#include <algorithm>
#include <set>
#include <utility>

namespace kai::edges {
namespace {

class Discard : public std::enable_shared_from_this<Discard> {
 public:
  Discard(std::shared_ptr<Fleet> fleet, std::string tag, std::string rollout, Reply<bool> reply)
      : fleet_(std::move(fleet)),
        tag_(std::move(tag)),
        rollout_(std::move(rollout)),
        reply_(std::move(reply)) {}

  void begin() {
    const auto file = fleet_->load();
    if (!file) return reply_(std::unexpected(file.error()));
    std::ranges::copy_if(file->instances, std::back_inserter(going_), [&](const Instance& each) {
      const bool ours = each.arm == InstanceArm::canary && each.rollout == rollout_;
      return ours || each.arm == InstanceArm::retiring;
    });
    for (const Instance& each : going_) tags_.insert(each.tag);
    tags_.insert(tag_);
    // Another process of the same version may be stable: its backend is not ours to take.
    if (const LocalRevision* const deployed = file->deployed()) tags_.erase(deployed->tag);
    remove_backends();
  }

 private:
  // First, so that nobody is sent to what is about to go.
  void remove_backends() {
    if (tags_.empty()) return stop();
    const std::string tag = *tags_.begin();
    tags_.erase(tags_.begin());
    fleet_->seams().served.remove(tag, [self = shared_from_this()](Result<Unit> removed) {
      if (!removed) return self->reply_(std::unexpected(removed.error()));
      self->remove_backends();
    });
  }

  void stop() {
    fleet_->stop(going_, Fleet::Records::erase, [self = shared_from_this()](Result<Unit> stopped) {
      if (!stopped) return self->reply_(std::unexpected(stopped.error()));
      self->reply_(self->remember());
    });
  }

  // The logs of a version that was not promoted are why a person looks.
  Result<bool> remember() {
    const auto file = fleet_->load();
    if (!file) return std::unexpected(file.error());
    const bool known =
        std::ranges::find(file->discarded, tag_) != file->discarded.end() ||
        std::ranges::find(file->revisions, tag_, &LocalRevision::tag) != file->revisions.end();
    if (!known) {
      const auto saved = fleet_->change([&](ReleaseFile& changed) {
        changed.discarded.push_back(tag_);
        if (changed.discarded.size() > ReleaseFile::revisions_max)
          changed.discarded.erase(changed.discarded.begin());
        return Result<Unit>(Unit{});
      });
      if (!saved) return std::unexpected(saved.error());
    }
    if (const auto now = fleet_->load()) fleet_->remove_old_logs(*now);
    return true;
  }

  std::shared_ptr<Fleet> fleet_;
  std::string tag_;
  std::string rollout_;
  Reply<bool> reply_;
  std::vector<Instance> going_;
  std::set<std::string> tags_;
};

}  // namespace

void discard_canary(const std::shared_ptr<Fleet>& fleet, const LocalPlan& plan,
                    const std::string& rollout, Reply<bool> reply) {
  std::make_shared<Discard>(fleet, plan.tag, rollout, std::move(reply))->begin();
}

}  // namespace kai::edges
