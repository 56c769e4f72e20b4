#include "kubeapi/lease.h"

#include <utility>

namespace kai::kubeapi {
namespace {

LeaseState state_of(const Tree& lease) {
  const auto acquired = parse_wall_time(lease.text_or("/spec/acquireTime", ""));
  return {.holder = lease.text_or("/spec/holderIdentity", ""),
          .transitions = static_cast<std::uint64_t>(
              std::max<std::int64_t>(0, lease.int_at("/spec/leaseTransitions").value_or(0))),
          .acquired_at = acquired.value_or(WallTime{})};
}

// RFC 3339 with microseconds, the only form that the server takes for a MicroTime.
std::string micro_time(WallTime time) {
  std::string text = format_wall_time(time);
  text.insert(text.size() - 1, "000");
  return text;
}

}  // namespace

Lease::Lease(Client& client, const SteadyClock& steady, const WallClock& wall,
             std::string name_space, std::string name, Duration term)
    : client_(client),
      steady_(steady),
      wall_(wall),
      ref_{kinds::lease, std::move(name_space), std::move(name)},
      term_(term) {}

void Lease::note(const Tree& lease) {
  const std::string version = lease.text_or("/metadata/resourceVersion", "");
  if (version == seen_version_) return;
  seen_version_ = version;
  seen_at_ = steady_.now();
}

Tree Lease::body(const std::string& holder, std::uint64_t transitions,
                 const std::string& acquired) const {
  Tree lease(Tree::Map{{"apiVersion", "coordination.k8s.io/v1"}, {"kind", "Lease"}});
  lease.set_at("/metadata/name", ref_.name);
  lease.set_at("/metadata/namespace", ref_.name_space);
  lease.set_at("/spec/holderIdentity", holder);
  lease.set_at("/spec/leaseDurationSeconds", std::int64_t{term_ / std::chrono::seconds(1)});
  lease.set_at("/spec/leaseTransitions", static_cast<std::int64_t>(transitions));
  lease.set_at("/spec/acquireTime", acquired);
  lease.set_at("/spec/renewTime", micro_time(wall_.now()));
  return lease;
}

void Lease::look(Reply<std::optional<LeaseState>> reply) {
  client_.get(ref_, [this, reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
    if (!found) return reply(std::unexpected(found.error()));
    if (!*found) return reply(std::optional<LeaseState>());
    note(**found);
    reply(std::optional(state_of(**found)));
  });
}

void Lease::acquire(const std::string& holder, Reply<Acquired> reply) {
  client_.get(ref_,
              [this, holder, reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
                if (!found) return reply(std::unexpected(found.error()));
                if (!*found) return make(holder, std::move(reply));
                note(**found);
                const LeaseState state = state_of(**found);
                const Duration silent = steady_.now() - seen_at_;
                if (!state.holder.empty() && state.holder != holder && silent < term_) {
                  return reply(Acquired{.granted = false, .state = state, .silent = silent});
                }
                take(**found, holder, std::move(reply));
              });
}

void Lease::make(const std::string& holder, Reply<Acquired> reply) {
  acquired_at_ = micro_time(wall_.now());
  client_.create(
      ref_.kind, ref_.name_space, body(holder, 1, acquired_at_), {},
      [this, holder, reply = std::move(reply)](Result<Answer> answer) mutable {
        if (answer && answer->outcome == Answer::Outcome::already_exists) {
          return reply(fail(ErrorKind::unavailable, "somebody else made " + text_of(ref_) +
                                                        " in the same moment; try again"));
        }
        const auto object = object_of(std::move(answer), "make " + text_of(ref_));
        if (!object) return reply(std::unexpected(object.error()));
        held_as_ = holder;
        transitions_ = 1;
        note(*object);
        reply(Acquired{.granted = true, .state = state_of(*object)});
      });
}

void Lease::take(const Tree& lease, const std::string& holder, Reply<Acquired> reply) {
  const std::uint64_t transitions = state_of(lease).transitions + 1;
  acquired_at_ = micro_time(wall_.now());
  Tree next = body(holder, transitions, acquired_at_);
  next.set_at("/metadata/resourceVersion", lease.text_or("/metadata/resourceVersion", ""));
  client_.replace(
      ref_, next, {},
      [this, holder, transitions, reply = std::move(reply)](Result<Answer> answer) mutable {
        if (answer && answer->outcome == Answer::Outcome::conflict) {
          return reply(fail(ErrorKind::unavailable, "somebody else took " + text_of(ref_) +
                                                        " in the same moment; try again"));
        }
        const auto object = object_of(std::move(answer), "take " + text_of(ref_));
        if (!object) return reply(std::unexpected(object.error()));
        held_as_ = holder;
        transitions_ = transitions;
        note(*object);
        reply(Acquired{.granted = true, .state = state_of(*object)});
      });
}

void Lease::renew(Reply<bool> reply) {
  client_.get(ref_, [this, reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
    if (!found) return reply(std::unexpected(found.error()));
    if (!*found) return reply(false);
    note(**found);
    if (held_as_.empty() || state_of(**found).holder != held_as_) return reply(false);
    Tree next = body(held_as_, transitions_, acquired_at_);
    next.set_at("/metadata/resourceVersion", (*found)->text_or("/metadata/resourceVersion", ""));
    client_.replace(ref_, next, {},
                    [this, reply = std::move(reply)](Result<Answer> answer) mutable {
                      const auto object = object_of(std::move(answer), "renew " + text_of(ref_));
                      if (!object) return reply(std::unexpected(object.error()));
                      note(*object);
                      reply(true);
                    });
  });
}

void Lease::release(Reply<Unit> reply) {
  client_.get(ref_, [this, reply = std::move(reply)](Result<std::optional<Tree>> found) mutable {
    if (!found) return reply(std::unexpected(found.error()));
    if (!*found || held_as_.empty() || state_of(**found).holder != held_as_) return reply(Unit{});
    Tree next = body("", transitions_, acquired_at_);
    next.get("spec")->erase("holderIdentity");
    next.set_at("/metadata/resourceVersion", (*found)->text_or("/metadata/resourceVersion", ""));
    held_as_.clear();
    client_.replace(ref_, next, {},
                    [this, reply = std::move(reply)](Result<Answer> answer) mutable {
                      const auto object = object_of(std::move(answer), "release " + text_of(ref_));
                      if (!object) return reply(std::unexpected(object.error()));
                      reply(Unit{});
                    });
  });
}

}  // namespace kai::kubeapi
