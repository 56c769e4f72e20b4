#include "edges/splitter_admin/splitter_router.h"

#include <algorithm>
#include <utility>

#include "codec/quote.h"
#include "edges/splitter_admin/splitter_plan.h"
#include "edges/splitter_admin/splitter_routes.h"

namespace kai::edges {
namespace {

using core::RouteSeen;
using splitter::SnapshotSpec;

void tell_workers(const SplitterStatus& status, std::uint64_t generation, RouteSeen& seen) {
  if (status.behind(generation) > 0 && seen.state == RouteSeen::State::applied) {
    seen.state = RouteSeen::State::pending;
    seen.detail = status.laggards(generation);
  } else if (!status.durable && seen.detail.empty()) {
    seen.detail = "in force, but not on the disk: a restart of kai-splitter would undo it";
  }
}

}  // namespace

struct SplitterRouter::World : std::enable_shared_from_this<SplitterRouter::World> {
  explicit World(SplitterControl& with_control) : control(with_control) {}

  template <typename T>
  void answer_later(Reply<T> reply, Error error) {
    control.later([reply = std::move(reply), error = std::move(error)]() mutable {
      reply(std::unexpected(std::move(error)));
    });
  }

  // Whether the splitter would take each of them. What comes between makes no difference to that.
  void rehearse(std::vector<SnapshotSpec> rehearsals, ports::Planned<ports::RoutePlan> planned,
                Reply<ports::Planned<ports::RoutePlan>> reply) {
    if (rehearsals.empty()) return reply(std::move(planned));
    const SnapshotSpec next = std::move(rehearsals.back());
    rehearsals.pop_back();
    control.check(
        next, [self = shared_from_this(), rehearsals = std::move(rehearsals),
               planned = std::move(planned), reply = std::move(reply)](Result<Unit> taken) mutable {
          if (taken)
            return self->rehearse(std::move(rehearsals), std::move(planned), std::move(reply));
          if (taken.error().kind != ErrorKind::rejected)
            return reply(std::unexpected(std::move(taken.error())));
          planned.findings.push_back(
              {.check = "P7",
               .severity = ports::Severity::refused,
               .message = "kai-splitter would not take the split: " + taken.error().message,
               .remedy = "let it take the split, then start again"});
          reply(std::move(planned));
        });
  }

  // Asks for the snapshot, then for how far it is in force.
  void observe(SplitterRoutes routes, Reply<RouteSeen> reply) {
    control.read([self = shared_from_this(), routes = std::move(routes), writes = memory.writes,
                  reply = std::move(reply)](Result<SnapshotSpec> snapshot) mutable {
      if (!snapshot) return reply(std::unexpected(std::move(snapshot.error())));
      const bool is_news = writes == self->memory.writes;
      RouteSeen seen = see_split(*snapshot, routes, self->memory, is_news);
      if (is_news) self->memory.known = states_of(*snapshot, routes);
      self->control.status([seen = std::move(seen), generation = snapshot->generation,
                            reply = std::move(reply)](Result<SplitterStatus> status) mutable {
        if (!status) return reply(std::unexpected(std::move(status.error())));
        tell_workers(*status, generation, seen);
        reply(std::move(seen));
      });
    });
  }

  SplitterControl& control;
  SplitterMemory memory;
};

SplitterRouter::SplitterRouter(SplitterControl& control)
    : world_(std::make_shared<World>(control)) {}

SplitterRouter::~SplitterRouter() = default;

void SplitterRouter::plan(const core::Plan& plan, const ports::WorkloadPlan& workload,
                          Reply<ports::Planned<ports::RoutePlan>> reply) {
  std::vector<core::Weight> weights;
  for (const core::Step& step : plan.steps) weights.push_back(step.weight);
  world_->control.read([world = world_, weights = std::move(weights), services = workload.services,
                        reply = std::move(reply)](Result<SnapshotSpec> snapshot) mutable {
    if (!snapshot) return reply(std::unexpected(std::move(snapshot.error())));
    auto planned = plan_split(*snapshot, services, weights);
    if (std::ranges::any_of(planned.findings, ports::blocks)) return reply(std::move(planned));
    const core::Weight most = weights.empty() ? core::Weight::zero() : std::ranges::max(weights);
    std::vector<SnapshotSpec> rehearsals{rehearse_split(*snapshot, services, core::Weight::zero()),
                                         rehearse_split(*snapshot, services, most)};
    world->rehearse(std::move(rehearsals), std::move(planned), std::move(reply));
  });
}

void SplitterRouter::apply(const Tree& plan, const ports::RouteTarget& target,
                           const core::Stamp& stamp, Reply<ports::Receipt> reply) {
  auto unpacked = unpack_routes(plan);
  if (!unpacked) return world_->answer_later(std::move(reply), std::move(unpacked.error()));
  const auto routes = std::make_shared<const SplitterRoutes>(std::move(*unpacked));
  struct Outcome {
    SplitterWrite write;
    std::map<std::string, SplitterRouteState> states;
  };
  const auto outcome = std::make_shared<Outcome>();
  const auto urgency =
      stamp.down ? SplitterControl::Urgency::at_once : SplitterControl::Urgency::in_turn;
  world_->control.change(
      [world = world_, routes, target, stamp, outcome](SnapshotSpec& snapshot) -> Result<bool> {
        auto write = write_split(snapshot, *routes, target, stamp, world->memory);
        if (!write) return std::unexpected(std::move(write.error()));
        outcome->write = std::move(*write);
        outcome->states = states_of(snapshot, *routes);
        return true;  // also when the weights are right: only an accepted write proves anything
      },
      urgency,
      [world = world_, stamp, outcome,
       reply = std::move(reply)](Result<SplitterWritten> written) mutable {
        SplitterMemory& memory = world->memory;
        if (!written) {
          if (!outcome->states.empty()) memory.unanswered = outcome->states;
          return reply(std::unexpected(std::move(written.error())));
        }
        memory.known = memory.written = outcome->states;
        memory.unanswered.clear();
        memory.writes += 1;
        if (outcome->write.left_out)
          return reply(std::unexpected(std::move(*outcome->write.left_out)));
        if (!outcome->write.is_complete) {
          return reply(fail(ErrorKind::unavailable,
                            "the canary's entry was missing; it is back without weight, the "
                            "weight follows"));
        }
        reply(ports::Receipt{.stamp = stamp});
      });
}

void SplitterRouter::observe(const Tree& plan, Reply<RouteSeen> reply) {
  auto routes = unpack_routes(plan);
  if (!routes) return world_->answer_later(std::move(reply), std::move(routes.error()));
  world_->observe(std::move(*routes), std::move(reply));
}

void SplitterRouter::restore(const Tree& plan, const core::Stamp& stamp, Reply<bool> reply) {
  auto unpacked = unpack_routes(plan);
  if (!unpacked) return world_->answer_later(std::move(reply), std::move(unpacked.error()));
  world_->control.change(
      [routes = std::move(*unpacked), stamp](SnapshotSpec& snapshot) {
        return remove_split(snapshot, routes, stamp);
      },
      SplitterControl::Urgency::in_turn,
      [world = world_, reply = std::move(reply)](Result<SplitterWritten> written) mutable {
        if (!written) return reply(std::unexpected(std::move(written.error())));
        world->memory = {.writes = world->memory.writes + 1};
        reply(written->durable);  // else a restart may bring it back
      });
}

}  // namespace kai::edges
