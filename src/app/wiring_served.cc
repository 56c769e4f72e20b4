#include "app/wiring_served.h"

#include <algorithm>
#include <utility>

namespace kai::app {
namespace {

edges::SplitterVersion theirs(edges::ServedVersion version) {
  return {.service = std::move(version.service),
          .tag = std::move(version.tag),
          .endpoints = std::move(version.endpoints)};
}

edges::SplitterService theirs(edges::ServedService service) {
  return {.host = std::move(service.host),
          .path_prefix = std::move(service.path_prefix),
          .stable = theirs(std::move(service.stable))};
}

edges::ServedNow ours(edges::SplitterServed served) {
  return {.version = {.service = std::move(served.version.service),
                      .tag = std::move(served.version.tag),
                      .endpoints = std::move(served.version.endpoints)},
          .is_stable = served.is_stable,
          .in_flight = served.in_flight};
}

template <typename To, typename From>
std::vector<To> each(std::vector<From> all, To (*turn)(From)) {
  std::vector<To> turned;
  for (From& one : all) turned.push_back(turn(std::move(one)));
  return turned;
}

}  // namespace

edges::SplitterSetup splitter_setup(const core::Plan& plan) {
  edges::SplitterSetup setup{.listen = {}, .limits = plan.limits};
  for (const core::LocalService& service : plan.local->services) {
    if (std::ranges::find(setup.listen, service.listen) == setup.listen.end())
      setup.listen.push_back(service.listen);
    setup.listen_of[service.name] = service.listen;
  }
  return setup;
}

edges::ServedEndpoints ServedWiring::functions() {
  const auto self = shared_from_this();
  return {.publish_stable =
              [self](auto services, auto reply) {
                self->publish(std::move(services), std::move(reply));
              },
          .set_endpoints = [self](auto versions,
                                  auto reply) { self->set(std::move(versions), std::move(reply)); },
          .remove = [self](auto tag, auto reply) { self->backends_.remove(tag, std::move(reply)); },
          .served =
              [self](auto reply) {
                self->backends_.served([reply = std::move(reply)](auto all) mutable {
                  if (!all) return reply(std::unexpected(all.error()));
                  reply(each<edges::ServedNow, edges::SplitterServed>(std::move(*all), ours));
                });
              }};
}

void ServedWiring::publish(std::vector<edges::ServedService> services, Reply<Unit> reply) {
  with_setup(std::move(reply), [self = shared_from_this(), services = std::move(services)](
                                   const auto& setup, Reply<Unit> answer) mutable {
    self->backends_.publish_stable(
        setup, each<edges::SplitterService, edges::ServedService>(std::move(services), theirs),
        std::move(answer));
  });
}

void ServedWiring::set(std::vector<edges::ServedVersion> versions, Reply<Unit> reply) {
  with_setup(std::move(reply), [self = shared_from_this(), versions = std::move(versions)](
                                   const auto& setup, Reply<Unit> answer) mutable {
    self->backends_.set_endpoints(
        setup.limits,
        each<edges::SplitterVersion, edges::ServedVersion>(std::move(versions), theirs),
        std::move(answer));
  });
}

void ServedWiring::with_setup(Reply<Unit> reply, Then then) {
  if (setup_) return then(*setup_, std::move(reply));
  store_.load([self = shared_from_this(), reply = std::move(reply),
               then = std::move(then)](Result<std::optional<ports::Stored>> stored) mutable {
    if (!stored) return reply(std::unexpected(stored.error()));
    if (!*stored || !(*stored)->record.plan.local)
      return reply(fail(ErrorKind::rejected, "no rollout of this release is known"));
    self->know((*stored)->record.plan);
    then(*self->setup_, std::move(reply));
  });
}

}  // namespace kai::app
