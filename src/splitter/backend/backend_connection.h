// A connection to one endpoint: carrying an exchange, or idle in the pool.
#pragma once

#include <cstdint>
#include <utility>

#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/loop/stream.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

class Exchange;
class Worker;

struct BackendConnection : Watcher {
  BackendConnection(const WatcherCalls& calls, SlabPool& slabs, os::Descriptor socket,
                    EndpointNumber of)
      : Watcher(calls), stream(slabs, std::move(socket)), endpoint(of) {}

  Stream stream;
  Worker* worker = nullptr;
  Exchange* exchange = nullptr;  // null while idle
  EndpointNumber endpoint;
  bool was_used = false;  // has answered before: its peer may be about to close it
  SteadyTime idle_since;

  // Place in the pool of its endpoint, newest first, and in the table of its worker.
  BackendConnection* newer = nullptr;
  BackendConnection* older = nullptr;
  std::uint32_t index = 0;
};
static_assert(sizeof(BackendConnection) <= 512);

}  // namespace kai::splitter
