// Idle connections of one worker, by endpoint, the last used first: few stay warm and the others
// reach their time-out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// As many as answers may come in one turn: fewer would be closed and made again at every burst.
inline constexpr std::size_t idle_per_endpoint_max = 512;

class Pool {
 public:
  // The newest idle connection of `endpoint` that became idle at `not_before` or later; null when
  // there is none. It is idle no more.
  [[nodiscard]] BackendConnection* take(EndpointNumber endpoint, SteadyTime not_before);
  // False when the endpoint has idle_per_endpoint_max already.
  [[nodiscard]] bool put(BackendConnection& connection, SteadyTime now);
  // Of a connection that is in the pool.
  void remove(BackendConnection& connection);
  // Takes any one out, null when the endpoint has none left.
  [[nodiscard]] BackendConnection* take_any(EndpointNumber endpoint);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Idle {
    BackendConnection* newest = nullptr;
    std::size_t count = 0;
  };
  [[nodiscard]] Idle& of(EndpointNumber endpoint);

  std::vector<Idle> endpoints_;  // by number: these are dense and never reused
  std::size_t size_ = 0;
};

}  // namespace kai::splitter
