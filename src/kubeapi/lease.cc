#include "kubeapi/lease.h"

#include <algorithm>
#include <utility>

namespace kai::kubeapi {
namespace {

LeaseState state_of(const Tree& lease) {
  const auto acquired = parse_wall_time(lease.text_or("/spec/acquireTime", ""));
  const std::int64_t transitions = lease.int_at("/spec/leaseTransitions").value_or(0);
  return {.holder = lease.text_or("/spec/holderIdentity", ""),
          .transitions = static_cast<std::uint64_t>(std::max<std::int64_t>(0, transitions)),
          .acquired_at = acquired.value_or(WallTime{})};
}

// RFC 3339 with microseconds, the only form that the server takes for a MicroTime.
std::string micro_time(WallTime time) {
  std::string text = format_wall_time(time);
  text.insert(text.size() - 1, "000");
  return text;
}

}  // namespace

class Lease::Impl : public std::enable_shared_from_this<Lease::Impl> {
 public:
  Impl(Client& client, const SteadyClock& steady, const WallClock& wall, LeaseSpec spec)
      : client_(client),
        steady_(steady),
        wall_(wall),
        ref_{kinds::lease, std::move(spec.name_space), std::move(spec.name)},
        term_(spec.term),
        labels_(std::move(spec.labels)) {}

  void look(SteadyTime alive_at, Reply<std::optional<LeaseState>> reply) {
    client_.get(ref_, [self = shared_from_this(), alive_at,
                       reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found) return reply(std::optional<LeaseState>());
      reply(std::optional(self->seen(**found, alive_at)));
    });
  }

  void acquire(const std::string& holder, SteadyTime alive_at, Reply<Acquired> reply) {
    client_.get(ref_, [self = shared_from_this(), holder, alive_at,
                       reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found) return self->make(holder, std::move(reply));
      const LeaseState state = self->seen(**found, alive_at);
      if (!state.holder.empty() && state.holder != holder && state.silent < self->term_)
        return reply(Acquired{.granted = false, .state = state});
      self->take(std::move(**found), holder, std::move(reply));
    });
  }

  // With the version of our last write: nobody wrote in between, or it is a conflict.
  void renew(Reply<bool> reply) {
    if (held_as_.empty() || last_.is_null()) return look_and_renew(std::move(reply));
    Tree next = last_;
    next.set_at("/spec/renewTime", micro_time(wall_.now()));
    client_.replace(
        ref_, next, {.urgent = true},
        [self = shared_from_this(), reply = std::move(reply)](Result<Answer> answer) mutable {
          const bool changed = answer && answer->outcome == Answer::Outcome::conflict;
          if (changed) return self->look_and_renew(std::move(reply));
          self->take_renewal(std::move(answer), std::move(reply));
        });
  }

  void release(Reply<Unit> reply) {
    client_.get(ref_, [self = shared_from_this(),
                       reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found || !self->is_ours(**found)) return reply(Unit{});
      Tree next = std::move(**found);
      next.get("spec")->erase("holderIdentity");
      next.set_at("/spec/renewTime", micro_time(self->wall_.now()));
      self->held_as_.clear();
      self->client_.replace(self->ref_, next, {.urgent = true},
                            [self, reply = std::move(reply)](Result<Answer> answer) mutable {
                              const auto object =
                                  object_of(std::move(answer), "release " + text_of(self->ref_));
                              if (!object) return reply(std::unexpected(object.error()));
                              reply(Unit{});
                            });
    });
  }

 private:
  void note(const Tree& lease) {
    std::string version = lease.text_or("/metadata/resourceVersion", "");
    if (seen_version_ == version) return;
    seen_version_ = std::move(version);
    seen_at_ = steady_.now();
  }

  LeaseState seen(const Tree& lease, SteadyTime alive_at) {
    note(lease);
    LeaseState state = state_of(lease);
    state.silent = steady_.now() - std::max(seen_at_, alive_at);
    return state;
  }

  [[nodiscard]] bool is_ours(const Tree& lease) const {
    return !held_as_.empty() && state_of(lease).holder == held_as_;
  }

  // `lease` with us as its holder from now on.
  [[nodiscard]] Tree taken(Tree lease, const std::string& holder, std::uint64_t transitions) const {
    const std::string now = micro_time(wall_.now());
    lease.set_at("/spec/holderIdentity", holder);
    lease.set_at("/spec/leaseDurationSeconds", std::int64_t{term_ / std::chrono::seconds(1)});
    lease.set_at("/spec/leaseTransitions", static_cast<std::int64_t>(transitions));
    lease.set_at("/spec/acquireTime", now);
    lease.set_at("/spec/renewTime", now);
    return lease;
  }

  void make(const std::string& holder, Reply<Acquired> reply) {
    Tree lease(Tree::Map{{"apiVersion", api_version_of(ref_.kind)}, {"kind", ref_.kind.kind}});
    lease.set_at("/metadata/name", ref_.name);
    lease.set_at("/metadata/namespace", ref_.name_space);
    for (const auto& [key, value] : labels_) {
      lease.set_at("/metadata/labels/" + escape_pointer(key), value);
    }
    client_.create(ref_.kind, ref_.name_space, taken(std::move(lease), holder, 1), {.urgent = true},
                   take_grant(holder, "make", std::move(reply)));
  }

  // The version that was read goes along, so a change in between is a conflict.
  void take(Tree lease, const std::string& holder, Reply<Acquired> reply) {
    const std::uint64_t transitions = state_of(lease).transitions + 1;
    client_.replace(ref_, taken(std::move(lease), holder, transitions), {.urgent = true},
                    take_grant(holder, "take", std::move(reply)));
  }

  Reply<Answer> take_grant(const std::string& holder, const std::string& verb,
                           Reply<Acquired> reply) {
    return [self = shared_from_this(), holder, verb,
            reply = std::move(reply)](Result<Answer> answer) mutable {
      const std::string what = verb + " " + text_of(self->ref_);
      const bool lost = answer && (answer->outcome == Answer::Outcome::conflict ||
                                   answer->outcome == Answer::Outcome::already_exists ||
                                   answer->outcome == Answer::Outcome::not_found);
      if (lost) {
        return reply(fail(ErrorKind::unavailable,
                          what + ": somebody else changed it in the same moment; try again"));
      }
      auto object = object_of(std::move(answer), what);
      if (!object) return reply(std::unexpected(object.error()));
      self->held_as_ = holder;
      self->note(*object);
      self->last_ = std::move(*object);
      reply(Acquired{.granted = true, .state = state_of(self->last_)});
    };
  }

  // After a lost reply or another's edit: whose it is decides, not its version.
  void look_and_renew(Reply<bool> reply) {
    client_.get(ref_, [self = shared_from_this(),
                       reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
      if (!found) return reply(std::unexpected(found.error()));
      if (!*found) return reply(false);
      self->note(**found);
      if (!self->is_ours(**found)) return reply(false);
      Tree next = std::move(**found);
      next.set_at("/spec/renewTime", micro_time(self->wall_.now()));
      self->client_.replace(self->ref_, next, {.urgent = true},
                            [self, reply = std::move(reply)](Result<Answer> answer) mutable {
                              self->take_renewal(std::move(answer), std::move(reply));
                            });
    });
  }

  void take_renewal(Result<Answer> answer, Reply<bool> reply) {
    if (answer && answer->outcome == Answer::Outcome::not_found) return reply(false);
    auto object = object_of(std::move(answer), "renew " + text_of(ref_));
    if (!object) {
      last_ = Tree();  // what is stored is not known now
      return reply(std::unexpected(object.error()));
    }
    note(*object);
    last_ = std::move(*object);
    reply(true);
  }

  Client& client_;
  const SteadyClock& steady_;
  const WallClock& wall_;
  ResourceRef ref_;
  Duration term_;
  std::map<std::string, std::string> labels_;
  std::string held_as_;                      // our holder text; empty: we do not hold it
  Tree last_;                                // as we wrote it last; null: not known
  std::optional<std::string> seen_version_;  // resourceVersion when it last changed under our eyes
  SteadyTime seen_at_;
};

Lease::Lease(Client& client, const SteadyClock& steady, const WallClock& wall, LeaseSpec spec)
    : impl_(std::make_shared<Impl>(client, steady, wall, std::move(spec))) {}
Lease::~Lease() = default;

void Lease::look(Reply<std::optional<LeaseState>> reply, SteadyTime alive_at) {
  impl_->look(alive_at, std::move(reply));
}
void Lease::acquire(const std::string& holder, Reply<Acquired> reply, SteadyTime alive_at) {
  impl_->acquire(holder, alive_at, std::move(reply));
}
void Lease::renew(Reply<bool> reply) { impl_->renew(std::move(reply)); }
void Lease::release(Reply<Unit> reply) { impl_->release(std::move(reply)); }

}  // namespace kai::kubeapi
