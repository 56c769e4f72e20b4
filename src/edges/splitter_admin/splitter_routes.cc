#include "edges/splitter_admin/splitter_routes.h"

#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_edit.h"

namespace kai::edges {
namespace {

using core::RouteSeen;
using splitter::BackendSpec;
using splitter::RouteSpec;
using splitter::SnapshotSpec;

constexpr std::string_view format = "splitter/1";

std::unexpected<Error> unavailable(const SplitterRoute& route, const std::string& what) {
  return fail(ErrorKind::unavailable, "route " + codec::printable(route.route) + " " + what);
}

Result<Unit> may_write(const SplitterRoute& ours, const RouteSpec& route,
                       const core::Stamp& stamp) {
  if (route.split.stamp == ours.leftover_stamp) return Unit{};
  const auto present = core::parse_stamp(route.split.stamp);
  if (!present) return Unit{};
  if (present->rollout != stamp.rollout) {
    return unavailable(ours, "carries the stamp " + route.split.stamp +
                                 " of another rollout; this write gives way");
  }
  if (!core::is_newer(*present, stamp)) return Unit{};
  return unavailable(ours,
                     "carries the newer stamp " + route.split.stamp + ": this write was overtaken");
}

// Once it was promoted, a backend of this name is the stable one and no canary of ours.
const BackendSpec* find_canary(const SnapshotSpec& snapshot, const std::string& canary) {
  const BackendSpec* const backend = find_backend(snapshot, canary);
  return backend != nullptr && backend->track != "stable" ? backend : nullptr;
}

bool has_entry(const SnapshotSpec& snapshot, const RouteSpec& route, const std::string& canary) {
  return find_canary(snapshot, canary) != nullptr && is_named(route, canary);
}

SplitterRouteState state_of(const SnapshotSpec& snapshot, const RouteSpec& route,
                            const std::string& canary) {
  if (!has_entry(snapshot, route, canary)) return {.stamp = route.split.stamp};
  const BackendSpec* const backend = find_canary(snapshot, canary);
  const std::uint32_t ppm = listed_ppm(route, canary);
  const bool is_shut = ppm > 0 && backend->state == "closed" && !backend->endpoints.empty();
  return {.stamp = route.split.stamp, .ppm = ppm, .is_named = true, .is_shut = is_shut};
}

bool is_at(const std::map<std::string, SplitterRouteState>& states, const std::string& route,
           const SplitterRouteState& now) {
  const auto found = states.find(route);
  return found != states.end() && found->second == now;
}

// A hand that changed the split between our look and our write is heard before anything is raised
// over it: the route must be as we know it, or as a write of ours left it whose answer was lost.
Result<Unit> may_raise(const SplitterRoute& ours, const SplitterRouteState& now,
                       const SplitterMemory& memory) {
  if (!memory.known.contains(ours.route) || is_at(memory.known, ours.route, now) ||
      is_at(memory.unanswered, ours.route, now))
    return Unit{};
  return unavailable(ours,
                     "was changed by somebody meanwhile; it is looked at before it is raised");
}

// One route of a write.
class RouteWrite {
 public:
  RouteWrite(SnapshotSpec& snapshot, const SplitterRoute& ours, const ports::RouteTarget& target,
             const core::Stamp& stamp)
      : snapshot_(snapshot), ours_(ours), target_(target), stamp_(stamp) {}

  // True: it has all that it should have.
  Result<bool> write(RouteSpec& route) {
    route.split.stamp = core::format_stamp(stamp_);
    core::Weight wanted = target_.attached ? target_.canary : core::Weight::zero();
    if (has_entry(snapshot_, route, ours_.canary)) {
      const auto able = can_carry(wanted);
      if (!able && !stamp_.down) return std::unexpected(able.error());
      if (!able) wanted = core::Weight::zero();  // what gets nothing is not raised by lowering it
      // Nor what somebody has lowered further since we looked.
      if (stamp_.down) wanted = std::min(wanted, in_force(route));
      set_weight(snapshot_, route, ours_.canary, wanted);
      return true;
    }
    if (!target_.attached || stamp_.down) return true;  // without an entry the canary gets nothing
    if (find_canary(snapshot_, ours_.canary) == nullptr)
      return unavailable(ours_, "waits for the canary's backend " + codec::printable(ours_.canary) +
                                    ", which is not there yet");
    add_canary(snapshot_, route, ours_.canary);
    return wanted.is_zero();
  }

 private:
  [[nodiscard]] core::Weight in_force(const RouteSpec& route) const {
    return weight_at_least(ppm_of(snapshot_, route, ours_.canary));
  }

  Result<Unit> can_carry(core::Weight wanted) {
    if (wanted.is_zero()) return Unit{};
    const BackendSpec* const backend = find_backend(snapshot_, ours_.canary);
    if (backend != nullptr && !backend->endpoints.empty()) return Unit{};
    return unavailable(ours_, "cannot send the canary anything: " + codec::printable(ours_.canary) +
                                  (backend == nullptr ? " is not there" : " has no endpoint"));
  }

  SnapshotSpec& snapshot_;
  const SplitterRoute& ours_;
  const ports::RouteTarget& target_;
  const core::Stamp& stamp_;
};

RouteSeen gone(const SplitterRoute& route) {
  return {.state = RouteSeen::State::gone,
          .detail = "kai-splitter has no route " + codec::printable(route.route) + " any more"};
}

// Empty: nobody but us wrote it, as far as can be seen.
std::string hand_in(const SnapshotSpec& snapshot, const SplitterRoute& ours, const RouteSpec& route,
                    const SplitterMemory& memory, bool is_news) {
  if (find_canary(snapshot, ours.canary) != nullptr && is_forced(snapshot, route, ours.canary))
    return "a rule leads to the canary whatever its weight";
  const auto written = memory.written.find(ours.route);
  if (!is_news || written == memory.written.end()) return "";
  const SplitterRouteState now = state_of(snapshot, route, ours.canary);
  if (now == written->second || is_at(memory.unanswered, ours.route, now)) return "";
  if (now.stamp.empty()) return "our stamp was removed";
  return now.stamp == written->second.stamp ? "weights or entries are not as we wrote them" : "";
}

RouteSeen see_route(const SnapshotSpec& snapshot, const SplitterRoute& ours,
                    const SplitterMemory& memory, bool is_news) {
  const RouteSpec* const route = find_route(snapshot, ours.route);
  if (route == nullptr) return gone(ours);
  RouteSeen seen{.state = RouteSeen::State::applied,
                 .stamp = core::parse_stamp(route->split.stamp)};
  if (has_entry(snapshot, *route, ours.canary)) {
    const std::uint32_t ppm = ppm_of(snapshot, *route, ours.canary);
    seen.attached = true;
    seen.live = weight_at_most(ppm);
    seen.live_min = weight_at_least(ppm);
    if (listed_ppm(*route, ours.canary) > 0 &&
        find_canary(snapshot, ours.canary)->endpoints.empty()) {
      seen.state = RouteSeen::State::pending;
      seen.stamp.reset();
      seen.detail = "route " + codec::printable(ours.route) + ": " + codec::printable(ours.canary) +
                    " has no endpoint, so stable gets its requests";
      return seen;
    }
  }
  const std::string hand = hand_in(snapshot, ours, *route, memory, is_news);
  if (hand.empty()) return seen;
  seen.foreign = true;
  seen.detail = "route " + codec::printable(ours.route) + ": " + hand;
  return seen;
}

RouteSeen worse(RouteSeen a, const RouteSeen& b) {
  const auto is_worse = [](RouteSeen::State state, RouteSeen::State than) {
    return state != than && (state == RouteSeen::State::gone || than == RouteSeen::State::applied);
  };
  if (is_worse(b.state, a.state)) {
    a.state = b.state;
    a.detail = b.detail;
  }
  a.attached = a.attached && b.attached;
  a.live = std::max(a.live, b.live);
  a.live_min = std::min(a.live_min, b.live_min);
  if (!a.stamp || !b.stamp) {
    a.stamp.reset();  // a route without a stamp of ours is older than any
  } else if (core::is_newer(*a.stamp, *b.stamp)) {
    a.stamp = b.stamp;
  }
  if (b.foreign && !a.foreign) {
    a.foreign = true;
    if (a.detail.empty()) a.detail = b.detail;
  }
  return a;
}

}  // namespace

Tree pack_routes(const SplitterRoutes& routes) {
  Tree list = Tree::list();
  for (const SplitterRoute& route : routes.routes) {
    Tree packed;
    packed.set("route", route.route);
    packed.set("canary", route.canary);
    packed.set("leftover_stamp", route.leftover_stamp);
    list.push_back(std::move(packed));
  }
  Tree packed;
  packed.set("format", format);
  packed.set("routes", std::move(list));
  packed.set("epoch_base", static_cast<std::int64_t>(routes.epoch_base));
  return packed;
}

Result<SplitterRoutes> unpack_routes(const Tree& packed) {
  const std::unexpected<Error> broken =
      fail(ErrorKind::malformed, "the plan of the splitter's routes in the record is not readable");
  const Tree::List* const list = packed.list_at("/routes");
  const auto epoch = packed.int_at("/epoch_base");
  if (packed.text_or("/format", "") != format || list == nullptr || list->empty() || !epoch ||
      *epoch < 0)
    return broken;
  SplitterRoutes routes{.routes = {}, .epoch_base = static_cast<std::uint64_t>(*epoch)};
  for (const Tree& each : *list) {
    const std::string* const route = each.text_at("/route");
    const std::string* const canary = each.text_at("/canary");
    const std::string* const leftover = each.text_at("/leftover_stamp");
    if (route == nullptr || canary == nullptr || leftover == nullptr) return broken;
    routes.routes.push_back({.route = *route, .canary = *canary, .leftover_stamp = *leftover});
  }
  return routes;
}

Result<SplitterWrite> write_split(SnapshotSpec& snapshot, const SplitterRoutes& routes,
                                  const ports::RouteTarget& target, const core::Stamp& stamp,
                                  const SplitterMemory& memory) {
  SplitterWrite write;
  bool wrote = false;
  for (const SplitterRoute& ours : routes.routes) {
    RouteSpec* const route = find_route(snapshot, ours.route);
    if (route == nullptr) {
      if (target.canary.is_zero()) continue;  // a route that is gone sends nobody to the canary
      return unavailable(ours, "does not exist any more");
    }
    if (auto allowed = may_write(ours, *route, stamp); !allowed) {
      if (!stamp.down) return std::unexpected(std::move(allowed.error()));
      write.left_out = std::move(allowed.error());
      continue;
    }
    if (!stamp.down) {
      const auto known = may_raise(ours, state_of(snapshot, *route, ours.canary), memory);
      if (!known) return std::unexpected(known.error());
    }
    const auto whole = RouteWrite(snapshot, ours, target, stamp).write(*route);
    if (!whole) return std::unexpected(whole.error());
    write.is_complete = write.is_complete && *whole;
    wrote = true;
  }
  if (!wrote && write.left_out) return std::unexpected(std::move(*write.left_out));
  snapshot.writer_epoch = routes.epoch_base + stamp.epoch;
  return write;
}

Result<bool> remove_split(SnapshotSpec& snapshot, const SplitterRoutes& routes,
                          const core::Stamp& stamp) {
  bool found = false;
  for (const SplitterRoute& ours : routes.routes) {
    RouteSpec* const route = find_route(snapshot, ours.route);
    if (route == nullptr) continue;
    if (auto allowed = may_write(ours, *route, stamp); !allowed)
      return std::unexpected(std::move(allowed.error()));
    const SplitterRouteState now = state_of(snapshot, *route, ours.canary);
    if (now.ppm > 0)
      return unavailable(ours,
                         "still sends the canary requests; its entry is removed only when it "
                         "carries no weight");
    found = found || now.is_named || !now.stamp.empty();
    if (now.is_named) take_out(snapshot, *route, ours.canary);
    route->split.stamp.clear();
  }
  snapshot.writer_epoch = routes.epoch_base + stamp.epoch;
  return found;
}

std::map<std::string, SplitterRouteState> states_of(const SnapshotSpec& snapshot,
                                                    const SplitterRoutes& routes) {
  std::map<std::string, SplitterRouteState> states;
  for (const SplitterRoute& ours : routes.routes) {
    if (const RouteSpec* const route = find_route(snapshot, ours.route))
      states[ours.route] = state_of(snapshot, *route, ours.canary);
  }
  return states;
}

RouteSeen see_split(const SnapshotSpec& snapshot, const SplitterRoutes& routes,
                    const SplitterMemory& memory, bool is_news) {
  std::optional<RouteSeen> seen;
  for (const SplitterRoute& ours : routes.routes) {
    RouteSeen one = see_route(snapshot, ours, memory, is_news);
    seen = seen ? worse(std::move(*seen), one) : std::move(one);
  }
  return seen.value_or(RouteSeen{});
}

}  // namespace kai::edges
