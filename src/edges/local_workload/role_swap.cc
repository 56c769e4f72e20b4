#include "edges/local_workload/role_swap.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr Duration drain_period = std::chrono::milliseconds(100);
constexpr std::size_t description_bytes_max = 500;

class RoleSwap : public std::enable_shared_from_this<RoleSwap> {
 public:
  RoleSwap(std::shared_ptr<Fleet> fleet, SwapTarget target, std::shared_ptr<bool> stop,
           Reply<Unit> reply)
      : fleet_(std::move(fleet)),
        target_(std::move(target)),
        stop_(std::move(stop)),
        reply_(std::move(reply)) {}

  void begin() {
    const auto file = fleet_->load();
    if (!file) return reply_(std::unexpected(file.error()));
    if (target_.newest && file->newest() != *target_.newest) {
      return reply_(fail(ErrorKind::rejected,
                         "the release was changed by someone else: its newest revision is " +
                             std::to_string(file->newest()) + ", at the start it was " +
                             std::to_string(*target_.newest)));
    }
    // A way back waits for nothing: what is left of others is stopped when the old one is served.
    if (is_return()) return start();
    fleet_->clear_leftovers(target_.rollout, target_.tag,
                            [self = shared_from_this()](Result<Unit> cleared) {
                              if (!cleared) return self->give_up(cleared.error());
                              self->start();
                            });
  }

 private:
  [[nodiscard]] bool is_return() const { return target_.returns_to > 0; }

  void start() {
    const auto ended = is_return() ? Wanted::Ended::is_replaced : Wanted::Ended::counts;
    for (const core::LocalService& service : target_.release.services) {
      const auto started = fleet_->ensure({.release = &target_.release,
                                           .service = &service,
                                           .tag = target_.tag,
                                           .rollout = target_.rollout,
                                           .count = service.instances,
                                           .ended = ended});
      if (!started) return give_up(started.error());
    }
    await();
  }

  [[nodiscard]] bool is_new(const Instance& instance) const {
    return instance.tag == target_.tag &&
           std::ranges::any_of(target_.release.services, [&](const core::LocalService& service) {
             return service.name == instance.service;
           });
  }

  [[nodiscard]] Result<std::vector<Instance>> select(
      const std::function<bool(const Instance&)>& which) const {
    const auto file = fleet_->load();
    if (!file) return std::unexpected(file.error());
    std::vector<Instance> selected;
    std::ranges::copy_if(file->instances, std::back_inserter(selected), which);
    return selected;
  }

  void await() {
    auto started = select([&](const Instance& each) { return is_new(each); });
    if (!started) return give_up(started.error());
    fleet_->await_healthy(std::move(*started), stop_,
                          [self = shared_from_this()](Result<Unit> healthy) {
                            if (!healthy) return self->give_up(healthy.error());
                            self->announce();
                          });
  }

  // Whoever finds it later knows that it was under way. Without an old version there is nothing to
  // be told apart: it is made the stable one again.
  void announce() {
    const auto saved = fleet_->change([&](ReleaseFile& file) {
      if (file.deployed() != nullptr) begin_revision(file);
      return Result<Unit>(Unit{});
    });
    if (!saved) return give_up(saved.error());
    auto services = services_of(target_.release, target_.tag);
    if (!services) return give_up(services.error());
    fleet_->seams().served.publish_stable(std::move(*services),
                                          [self = shared_from_this()](Result<Unit> published) {
                                            if (!published)
                                              return self->take_back(published.error());
                                            self->write_down();
                                          });
  }

  // An earlier try that was interrupted goes on as it is: one more with every try would push out
  // the revision that is gone back to.
  void begin_revision(ReleaseFile& file) {
    const auto is_ours = [&](const LocalRevision& each) {
      return each.state == RevisionState::pending && each.tag == target_.tag &&
             each.rollout == target_.rollout && each.returns_to == target_.returns_to;
    };
    const bool begun = !file.revisions.empty() && is_ours(file.revisions.back());
    revision_ = begun ? file.newest()
                      : file.add(revision(RevisionState::pending, target_.description)).revision;
  }

  void write_down() {
    const auto saved = fleet_->change([&](ReleaseFile& file) {
      if (revision_ == 0) begin_revision(file);
      file.deploy(revision_);
      // What a rollout goes back from is no version that anybody should go back to.
      for (LocalRevision& each : file.revisions) {
        const bool left = is_return() && !target_.rollout.empty() &&
                          each.rollout == target_.rollout && each.returns_to == 0;
        if (left) each.state = RevisionState::failed;
      }
      for (Instance& each : file.instances) {
        if (is_new(each)) {
          each.arm = InstanceArm::stable;
        } else if (each.arm == InstanceArm::stable) {
          // What is returned from stays in the file as what it was: a canary that failed.
          const bool failed = is_return() && each.rollout == target_.rollout;
          each.arm = failed ? InstanceArm::canary : InstanceArm::retiring;
        }
      }
      return Result<Unit>(Unit{});
    });
    if (!saved) return take_back(saved.error());
    const auto old = old_ones();
    if (!old) return reply_(std::unexpected(old.error()));
    old_ = *old;
    Duration longest{0};
    for (const Instance& each : old_) longest = std::max(longest, each.stop_within);
    drain_until_ = fleet_->seams().steady.now() + longest;
    drain();
  }

  [[nodiscard]] Result<std::vector<Instance>> old_ones() const {
    return select([&](const Instance& each) {
      const bool returned_from = is_return() && each.arm == InstanceArm::canary && !is_new(each);
      return each.arm == InstanceArm::retiring || returned_from;
    });
  }

  // They get no new requests any more; those in flight finish, as far as that is known.
  void drain() {
    if (*stop_)
      return reply_(fail(ErrorKind::unavailable, "stopped while the old version was drained"));
    if (old_.empty() || fleet_->seams().steady.now() >= drain_until_) return end_old();
    fleet_->seams().served.served(
        [self = shared_from_this()](const Result<std::vector<ServedNow>>& served) {
          if (served && self->is_drained(*served)) return self->end_old();
          self->fleet_->after(drain_period, [self] { self->drain(); });
        });
  }

  [[nodiscard]] bool is_drained(const std::vector<ServedNow>& served) const {
    return std::ranges::none_of(served, [&](const ServedNow& now) {
      const bool is_old = std::ranges::any_of(old_, [&](const Instance& instance) {
        return now.version.service == instance.service && now.version.tag == instance.tag;
      });
      return is_old && now.in_flight != 0U;
    });
  }

  void end_old() {
    const auto records =
        is_return() && !target_.rollout.empty() ? Fleet::Records::keep : Fleet::Records::erase;
    fleet_->stop(old_, records, [self = shared_from_this()](Result<Unit> stopped) {
      if (!stopped) return self->reply_(std::move(stopped));
      std::set<std::string> tags;
      for (const Instance& each : self->old_) tags.insert(each.tag);
      self->forget_backends(std::move(tags));
    });
  }

  void forget_backends(std::set<std::string> tags) {
    if (tags.empty()) return finish();
    const std::string tag = *tags.begin();
    tags.erase(tags.begin());
    fleet_->seams().served.remove(
        tag, [self = shared_from_this(), tags = std::move(tags)](Result<Unit>) mutable {
          // What the splitter still knows gets no requests; a later removal takes it away.
          self->forget_backends(std::move(tags));
        });
  }

  void finish() {
    if (const auto file = fleet_->load()) fleet_->remove_old_logs(*file);
    reply_(Unit{});
  }

  // Published perhaps, and not written down, as far as we were told: the old ones are published
  // again. Where nobody knows what is served or written, the revision stays as it is, interrupted,
  // and whoever is served goes on.
  void take_back(Error error) {
    const auto file = fleet_->load();
    if (!file) return reply_(std::unexpected(std::move(error)));
    const LocalRevision* const deployed = file->deployed();
    if (deployed == nullptr) return give_up(std::move(error));
    if (deployed->revision == revision_) return reply_(std::unexpected(std::move(error)));
    auto services = services_of(deployed->release, deployed->tag);
    if (!services) return reply_(std::unexpected(std::move(error)));
    fleet_->seams().served.publish_stable(
        std::move(*services),
        [self = shared_from_this(), error = std::move(error)](Result<Unit> published) mutable {
          if (!published) return self->reply_(std::unexpected(std::move(error)));
          self->give_up(std::move(error));
        });
  }

  void give_up(Error error) {
    const std::string why = codec::printable(error.message).substr(0, description_bytes_max);
    if (target_.records_failure) {
      const auto saved = fleet_->change([&](ReleaseFile& file) {
        const auto begun = std::ranges::find(file.revisions, revision_, &LocalRevision::revision);
        LocalRevision& failed =
            begun != file.revisions.end() ? *begun : file.add(revision(RevisionState::failed, why));
        failed.state = RevisionState::failed;
        failed.description = why;
        return Result<Unit>(Unit{});
      });
      if (!saved) error.message += "; and " + saved.error().message;
    }
    // Those that are stable already are no attempt of ours.
    const auto is_ours = [&](const Instance& each) {
      return is_new(each) && each.arm == InstanceArm::canary;
    };
    auto ours = select(is_ours);
    if (!ours) return reply_(std::unexpected(std::move(error)));
    fleet_->stop(std::move(*ours), Fleet::Records::keep,
                 [self = shared_from_this(), error = std::move(error)](Result<Unit>) mutable {
                   self->reply_(std::unexpected(std::move(error)));
                 });
  }

  [[nodiscard]] LocalRevision revision(RevisionState state, std::string description) const {
    return {.tag = target_.tag,
            .state = state,
            .when = fleet_->seams().wall.now(),
            .rollout = target_.rollout,
            .returns_to = target_.returns_to,
            .description = std::move(description),
            .release = target_.release};
  }

  [[nodiscard]] Result<std::vector<ServedService>> services_of(const core::LocalRelease& release,
                                                               const std::string& tag) const {
    const auto running =
        select([&](const Instance& each) { return each.tag == tag && fleet_->is_alive(each); });
    if (!running) return std::unexpected(running.error());
    std::vector<ServedService> services;
    for (const core::LocalService& service : release.services) {
      ServedService served{.name = service.name,
                           .host = service.host,
                           .path_prefix = service.path_prefix,
                           .stable = {.service = service.name, .tag = tag, .endpoints = {}}};
      for (const Instance& each : *running) {
        if (each.service == service.name) served.stable.endpoints.push_back(endpoint_of(each));
      }
      services.push_back(std::move(served));
    }
    return services;
  }

  std::shared_ptr<Fleet> fleet_;
  SwapTarget target_;
  std::shared_ptr<bool> stop_;
  Reply<Unit> reply_;
  std::int64_t revision_ = 0;  // ours, once it is in the file
  std::vector<Instance> old_;  // to be drained and stopped, once the new ones are written down
  SteadyTime drain_until_;
};

}  // namespace

void swap_roles(const std::shared_ptr<Fleet>& fleet, SwapTarget target, std::shared_ptr<bool> stop,
                Reply<Unit> reply) {
  const auto swap =
      std::make_shared<RoleSwap>(fleet, std::move(target), std::move(stop), std::move(reply));
  fleet->later([swap] { swap->begin(); });
}

}  // namespace kai::edges
