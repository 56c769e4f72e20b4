// Looking at routes: what they say, whether our newest write was accepted and has settled, and who
// else wrote.
#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/gateway_api/gateway_router.h"
#include "edges/gateway_api/route_acceptance.h"
#include "edges/gateway_api/route_patch.h"
#include "edges/gateway_api/route_rules.h"
#include "edges/gateway_api/route_world.h"

namespace kai::edges {
namespace {

using core::RouteSeen;

// The larger one counts.
int badness(RouteSeen::State state) {
  switch (state) {
    case RouteSeen::State::applied:
      return 0;
    case RouteSeen::State::pending:
      return 1;
    case RouteSeen::State::refused:
      return 2;
    case RouteSeen::State::gone:
      return 3;
  }
  return 3;
}

std::optional<core::Stamp> older(const std::optional<core::Stamp>& a,
                                 const std::optional<core::Stamp>& b) {
  if (!a || !b) return std::nullopt;  // a route without a stamp of ours is older than any
  return core::is_newer(*a, *b) ? b : a;
}

RouteSeen worse(RouteSeen a, const RouteSeen& b) {
  if (badness(b.state) > badness(a.state)) {
    a.state = b.state;
    a.detail = b.detail;
  }
  a.attached = a.attached && b.attached;
  a.live = std::max(a.live, b.live);
  a.live_min = std::min(a.live_min, b.live_min);
  a.stamp = older(a.stamp, b.stamp);
  if (b.foreign && !a.foreign) {
    a.foreign = true;
    a.who = b.who;
    if (a.detail.empty()) a.detail = b.detail;
  }
  return a;
}

class RouteReading {
 public:
  RouteReading(RouteWorld& world, const RouteBinding& binding, const RouteData& data)
      : world_(world), memory_(world.memories[binding.label()]), binding_(binding), data_(data) {}

  // `writes`: how many of ours had been answered when the question was sent.
  RouteSeen read(const Tree& object, std::uint64_t writes) {
    const LiveRoute live = read_live(binding_, object, data_.steps);
    RouteSeen seen{.state = RouteSeen::State::pending,
                   .attached = live.attached,
                   .live = live.most,
                   .live_min = live.least};
    seen.stamp = live.stamp;
    judge_status(object, seen);
    judge_hand(object, live, writes == memory_.writes, seen);
    if (writes == memory_.writes) memory_.object = object;  // what the next lowering starts from
    return seen;
  }

 private:
  // No status is believed before it lasted: routes and clusters reach the proxies on separate ways.
  void judge_status(const Tree& object, RouteSeen& seen) {
    const RouteAcceptance acceptance = read_acceptance(object, binding_.parents);
    const SteadyTime now = world_.client.steady().now();
    const std::string* const stamp = stamp_text(object);
    const std::string key = (stamp == nullptr ? "" : *stamp) + "/" +
                            std::to_string(object.int_at("/metadata/generation").value_or(0));
    if (memory_.status_key != key || memory_.status != static_cast<int>(acceptance.state) ||
        !memory_.status_since) {
      memory_.status_key = key;
      memory_.status = static_cast<int>(acceptance.state);
      memory_.status_since = now;
    }
    const bool settled =
        now - *memory_.status_since >= std::max(data_.propagation_max, route_settle_min);
    seen.detail = acceptance.detail.empty()
                      ? ""
                      : codec::printable(binding_.label()) + ": " + acceptance.detail;
    switch (acceptance.state) {
      case Acceptance::pending:
        return;
      case Acceptance::accepted:
        if (settled) seen.state = RouteSeen::State::applied;
        return;
      case Acceptance::refused:
        if (settled) seen.state = RouteSeen::State::refused;
        return;
    }
  }

  void judge_hand(const Tree& object, const LiveRoute& live, bool is_news, RouteSeen& seen) {
    const std::string label = codec::printable(binding_.label());
    if (!live.unbound.empty()) {
      seen.foreign = true;
      seen.detail = live.unbound;
    }
    if (is_news && is_as_written(binding_, memory_, object) == false) {
      seen.foreign = true;
      seen.detail = label + ": weights or entries are not as we wrote them";
    }
    if (is_news && memory_.written && stamp_text(object) == nullptr) {
      seen.foreign = true;
      seen.detail = label + ": our stamp was removed";
    }
    if (seen.foreign) seen.who = last_writer(object);
  }

  RouteWorld& world_;
  RouteMemory& memory_;
  const RouteBinding& binding_;
  const RouteData& data_;
};

class RoutesReading : public std::enable_shared_from_this<RoutesReading> {
 public:
  RoutesReading(std::shared_ptr<RouteWorld> world, RouteData data, Reply<RouteSeen> reply)
      : world_(std::move(world)),
        data_(std::move(data)),
        reply_(std::move(reply)),
        open_(data_.routes.size()) {}

  void start() {
    for (std::size_t i = 0; i < data_.routes.size(); ++i) {
      const std::uint64_t writes = world_->memories[data_.routes[i].label()].writes;
      world_->client.get(route_ref(data_.routes[i]), [self = shared_from_this(), i,
                                                      writes](Result<std::optional<Tree>> object) {
        self->take(self->data_.routes[i], std::move(object), writes);
      });
    }
  }

 private:
  void take(const RouteBinding& route, Result<std::optional<Tree>> object, std::uint64_t writes) {
    open_ -= 1;
    if (!object) {
      error_ = in_context(codec::printable(route.label()), std::move(object.error()));
    } else if (!*object || !is_same_object(route, **object)) {
      add({.state = RouteSeen::State::gone,
           .detail = codec::printable(route.label()) +
                     (*object ? " was made anew by somebody" : " does not exist any more")});
    } else {
      add(RouteReading(*world_, route, data_).read(**object, writes));
    }
    if (open_ > 0) return;
    if (error_) return reply_(std::unexpected(std::move(*error_)));
    reply_(std::move(*seen_));
  }

  void add(RouteSeen seen) { seen_ = seen_ ? worse(std::move(*seen_), seen) : std::move(seen); }

  std::shared_ptr<RouteWorld> world_;
  RouteData data_;
  Reply<RouteSeen> reply_;
  std::size_t open_;
  std::optional<RouteSeen> seen_;
  std::optional<Error> error_;
};

}  // namespace

void observe_routes(std::shared_ptr<RouteWorld> world, RouteData data, Reply<RouteSeen> reply) {
  std::make_shared<RoutesReading>(std::move(world), std::move(data), std::move(reply))->start();
}

}  // namespace kai::edges
