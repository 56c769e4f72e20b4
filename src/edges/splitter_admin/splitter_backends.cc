#include "edges/splitter_admin/splitter_backends.h"

#include <utility>

#include "edges/splitter_admin/splitter_counts.h"
#include "edges/splitter_admin/splitter_services.h"

namespace kai::edges {

using splitter::SnapshotSpec;
using Found = SplitterProcess::Found;

struct SplitterBackends::World : std::enable_shared_from_this<SplitterBackends::World> {
  World(SplitterControl& with_control, SplitterProcess& with_process)
      : control(with_control), process(with_process) {}

  void change(SplitterControl::Edit edit, Reply<Unit> reply) {
    control.change(std::move(edit), SplitterControl::Urgency::in_turn,
                   [reply = std::move(reply)](Result<SplitterWritten> written) mutable {
                     if (!written) return reply(std::unexpected(std::move(written.error())));
                     reply(Unit{});
                   });
  }

  // The same in a splitter that was configured before; `otherwise` when none ever was.
  void change_if_configured(SplitterControl::Edit edit, Result<Unit> otherwise, Reply<Unit> reply) {
    process.ensure_as_configured([self = shared_from_this(), edit = std::move(edit),
                                  otherwise = std::move(otherwise),
                                  reply = std::move(reply)](Result<Found> found) mutable {
      if (!found) return reply(std::unexpected(std::move(found.error())));
      if (*found == Found::none) return reply(std::move(otherwise));
      self->change(std::move(edit), std::move(reply));
    });
  }

  // Figures that are not there are told as unknown.
  void add_in_flight(std::vector<SplitterServed> served, Reply<std::vector<SplitterServed>> reply) {
    control.metrics(
        [served = std::move(served), reply = std::move(reply)](Result<std::string> text) mutable {
          if (!text) return reply(std::unexpected(std::move(text.error())));
          const auto counts = read_counts(*text);
          if (!counts) return reply(std::unexpected(counts.error()));
          fill_in_flight(*counts, served);
          reply(std::move(served));
        });
  }

  SplitterControl& control;
  SplitterProcess& process;
};

SplitterBackends::SplitterBackends(SplitterControl& control, SplitterProcess& process)
    : world_(std::make_shared<World>(control, process)) {}

SplitterBackends::~SplitterBackends() = default;

void SplitterBackends::publish_stable(const SplitterSetup& setup,
                                      std::vector<SplitterService> services, Reply<Unit> reply) {
  SnapshotSpec first{.generation = 1};
  if (const auto usable = set_services(first, services, setup); !usable) {
    return world_->control.later([reply = std::move(reply), error = usable.error()]() mutable {
      reply(std::unexpected(std::move(error)));
    });
  }
  world_->process.ensure(setup.listen, std::move(first),
                         [world = world_, services = std::move(services), setup,
                          reply = std::move(reply)](Result<Found> found) mutable {
                           if (!found) return reply(std::unexpected(std::move(found.error())));
                           if (*found == Found::none)
                             return reply(Unit{});  // no service, no splitter: so it is
                           world->change(
                               [services = std::move(services), setup](SnapshotSpec& snapshot) {
                                 return set_services(snapshot, services, setup);
                               },
                               std::move(reply));
                         });
}

void SplitterBackends::set_endpoints(const core::Limits& limits,
                                     std::vector<SplitterVersion> versions, Reply<Unit> reply) {
  world_->change_if_configured(
      [versions = std::move(versions), limits](SnapshotSpec& snapshot) {
        return set_versions(snapshot, versions, limits);
      },
      fail(ErrorKind::unavailable, "no version is served yet, so no canary can stand beside it"),
      std::move(reply));
}

void SplitterBackends::remove(std::string tag, Reply<Unit> reply) {
  world_->change_if_configured(
      [tag = std::move(tag)](SnapshotSpec& snapshot) { return remove_versions(snapshot, tag); },
      Unit{}, std::move(reply));
}

void SplitterBackends::served(Reply<std::vector<SplitterServed>> reply) {
  const Result<bool> configured = world_->process.is_configured();
  if (!configured || !*configured) {
    Result<std::vector<SplitterServed>> nothing;
    if (!configured) nothing = std::unexpected(configured.error());
    return world_->control.later(
        [reply = std::move(reply), nothing]() mutable { reply(std::move(nothing)); });
  }
  world_->control.read(
      [world = world_, reply = std::move(reply)](Result<SnapshotSpec> snapshot) mutable {
        if (!snapshot) return reply(std::unexpected(std::move(snapshot.error())));
        world->add_in_flight(versions_in(*snapshot), std::move(reply));
      });
}

}  // namespace kai::edges
