#include "splitter/route/numbers.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "core/traffic/split.h"
#include "splitter/route/address.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

template <typename Map, typename Name>
typename Map::mapped_type number_of(Map& known, const Name& name, std::uint32_t& given) {
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  KAI_CHECK(given < std::numeric_limits<std::uint32_t>::max());
  const typename Map::mapped_type number{given++};
  known.emplace(name, number);
  return number;
}

}  // namespace

BackendNumber Numbers::of_backend(std::string_view id) {
  return number_of(backends_, id, backends_given_);
}

EndpointNumber Numbers::of_endpoint(BackendNumber backend, const SocketAddress& address) {
  return number_of(endpoints_, std::pair(backend, address), endpoints_given_);
}

RouteNumber Numbers::of_route(std::string_view id) { return number_of(routes_, id, routes_given_); }

std::shared_ptr<core::WeylCounter> Numbers::counter_of(RouteNumber route) {
  std::shared_ptr<core::WeylCounter>& counter = counters_[route];
  if (!counter) counter = std::make_shared<core::WeylCounter>(random_.next());
  return counter;
}

void Numbers::forget_others(const Snapshot& snapshot) {
  std::set<BackendNumber> backends;
  std::set<EndpointNumber> endpoints;
  std::set<RouteNumber> routes;
  for (const Backend& backend : snapshot.backends) {
    backends.insert(backend.number);
    for (const Endpoint& endpoint : backend.endpoints) endpoints.insert(endpoint.number);
  }
  for (const Route& route : snapshot.routes) routes.insert(route.number);
  std::erase_if(backends_, [&](const auto& entry) { return !backends.contains(entry.second); });
  std::erase_if(endpoints_, [&](const auto& entry) { return !endpoints.contains(entry.second); });
  std::erase_if(routes_, [&](const auto& entry) { return !routes.contains(entry.second); });
  std::erase_if(counters_, [&](const auto& entry) { return !routes.contains(entry.first); });
}

}  // namespace kai::splitter
