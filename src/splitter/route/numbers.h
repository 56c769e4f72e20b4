// The numbers of backends, endpoints and routes, and the counters of routes: what outlives a
// snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "core/traffic/split.h"
#include "splitter/route/address.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// The first question for a name gives it a number; later ones give the same. Of one thread.
class Numbers {
 public:
  explicit Numbers(Random& random) : random_(random) {}

  [[nodiscard]] BackendNumber of_backend(std::string_view id);
  [[nodiscard]] EndpointNumber of_endpoint(BackendNumber backend, const SocketAddress& address);
  [[nodiscard]] RouteNumber of_route(std::string_view id);
  // Starts somewhere by chance, so that nobody can tell which request is the canary's.
  [[nodiscard]] std::shared_ptr<core::WeylCounter> counter_of(RouteNumber route);

  // Forgets the names that `snapshot`, the one in force, does not use; their numbers stay taken. So
  // the tables do not grow with all endpoints that ever were.
  void forget_others(const Snapshot& snapshot);

 private:
  Random& random_;
  std::map<std::string, BackendNumber, std::less<>> backends_;
  std::map<std::pair<BackendNumber, SocketAddress>, EndpointNumber> endpoints_;
  std::map<std::string, RouteNumber, std::less<>> routes_;
  std::map<RouteNumber, std::shared_ptr<core::WeylCounter>> counters_;
  std::uint32_t backends_given_ = 0;
  std::uint32_t endpoints_given_ = 0;
  std::uint32_t routes_given_ = 0;
};

}  // namespace kai::splitter
