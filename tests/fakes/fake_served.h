// A splitter that serves what it is told, in a test only.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "edges/local_workload/served_endpoints.h"

namespace kai::fakes {

// Serves versions by name, as kai-splitter does after its barrier.
class FakeServed {
 public:
  FakeServed(Timers& timers, const SteadyClock& clock) : timers_(timers), clock_(clock) {}

  std::vector<edges::ServedNow> versions;
  std::vector<std::string> log;  // "stable api@v1 127.0.0.1:20000", "set ...", "remove v2"
  std::optional<Error> broken;   // what every call answers instead, having done nothing
  std::optional<std::uint64_t> in_flight = 0;
  bool forgets_unserved = false;  // what was stable is told no more

  edges::ServedEndpoints functions() {
    return {.publish_stable =
                [this](std::vector<edges::ServedService> services, Reply<Unit> reply) {
                  answer(std::move(reply), [&] { return publish(services); });
                },
            .set_endpoints =
                [this](std::vector<edges::ServedVersion> all, Reply<Unit> reply) {
                  answer(std::move(reply), [&] { return set(all); });
                },
            .remove =
                [this](std::string tag, Reply<Unit> reply) {
                  answer(std::move(reply), [&] {
                    log.push_back("remove " + tag);
                    std::erase_if(versions, [&](const edges::ServedNow& now) {
                      return now.version.tag == tag && !now.is_stable;
                    });
                    return Result<Unit>(Unit{});
                  });
                },
            .served =
                [this](Reply<std::vector<edges::ServedNow>> reply) {
                  timers_.at(clock_.now(), [this, reply = std::move(reply)]() mutable {
                    if (broken) return reply(std::unexpected(*broken));
                    for (edges::ServedNow& now : versions) now.in_flight = in_flight;
                    reply(versions);
                  });
                }};
  }

  // "api@v1*: a, b" of each, '*' for stable, in the order of their names.
  [[nodiscard]] std::vector<std::string> text() const {
    std::vector<std::string> lines;
    for (const edges::ServedNow& now : versions)
      lines.push_back(name_of(now.version) + (now.is_stable ? "*" : "") +
                      endpoints_of(now.version));
    std::ranges::sort(lines);
    return lines;
  }

 private:
  static std::string name_of(const edges::ServedVersion& version) {
    return version.service + "@" + version.tag;
  }
  static std::string endpoints_of(const edges::ServedVersion& version) {
    std::string text;
    for (const std::string& each : version.endpoints) text += " " + each;
    return text;
  }
  template <typename F>
  void answer(Reply<Unit> reply, F act) {
    const Result<Unit> result = broken ? std::unexpected(*broken) : act();
    timers_.at(clock_.now(), [reply = std::move(reply), result]() mutable { reply(result); });
  }
  Result<Unit> publish(const std::vector<edges::ServedService>& services) {
    for (const edges::ServedService& service : services) {
      if (service.stable.endpoints.empty()) return no_endpoint(service.stable);
    }
    if (forgets_unserved) versions.clear();
    // What was stable is known on, without a role, until it is removed.
    for (edges::ServedNow& now : versions) now.is_stable = false;
    for (const edges::ServedService& service : services) {
      log.push_back("stable " + name_of(service.stable) + endpoints_of(service.stable));
      put(service.stable).is_stable = true;
    }
    return Unit{};
  }
  Result<Unit> set(const std::vector<edges::ServedVersion>& all) {
    for (const edges::ServedVersion& version : all) {
      const bool is_stable = std::ranges::any_of(versions, [&](const edges::ServedNow& now) {
        return now.is_stable && name_of(now.version) == name_of(version);
      });
      if (is_stable && version.endpoints.empty()) return no_endpoint(version);
    }
    for (const edges::ServedVersion& version : all) {
      log.push_back("set " + name_of(version) + endpoints_of(version));
      put(version);
    }
    return Unit{};
  }
  static std::unexpected<Error> no_endpoint(const edges::ServedVersion& version) {
    return fail(ErrorKind::rejected, name_of(version) + " has no endpoint");
  }
  edges::ServedNow& put(const edges::ServedVersion& version) {
    for (edges::ServedNow& now : versions) {
      if (name_of(now.version) != name_of(version)) continue;
      now.version = version;
      return now;
    }
    return versions.emplace_back(edges::ServedNow{.version = version, .in_flight = {}});
  }

  Timers& timers_;
  const SteadyClock& clock_;
};

}  // namespace kai::fakes
