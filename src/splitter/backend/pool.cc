#include "splitter/backend/pool.h"

#include <cstddef>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

Pool::Idle& Pool::of(EndpointNumber endpoint) {
  const auto number = static_cast<std::size_t>(std::to_underlying(endpoint));
  if (number >= endpoints_.size()) endpoints_.resize(number + 1);
  return endpoints_[number];
}

BackendConnection* Pool::take(EndpointNumber endpoint, SteadyTime not_before) {
  BackendConnection* const newest = of(endpoint).newest;
  // Those behind it have been idle for longer.
  if (newest == nullptr || newest->idle_since < not_before) return nullptr;
  remove(*newest);
  return newest;
}

bool Pool::put(BackendConnection& connection, SteadyTime now) {
  Idle& idle = of(connection.endpoint);
  if (idle.count == idle_per_endpoint_max) return false;
  connection.idle_since = now;
  connection.older = idle.newest;
  connection.newer = nullptr;
  if (idle.newest != nullptr) idle.newest->newer = &connection;
  idle.newest = &connection;
  idle.count += 1;
  size_ += 1;
  return true;
}

void Pool::remove(BackendConnection& connection) {
  Idle& idle = of(connection.endpoint);
  KAI_CHECK(idle.count > 0);
  if (connection.older != nullptr) connection.older->newer = connection.newer;
  (connection.newer != nullptr ? connection.newer->older : idle.newest) = connection.older;
  connection.newer = connection.older = nullptr;
  idle.count -= 1;
  size_ -= 1;
}

BackendConnection* Pool::take_any(EndpointNumber endpoint) { return take(endpoint, {}); }

}  // namespace kai::splitter
