// One worker: a loop with the connections, pools and counts that are its own. It shares nothing
// with other workers but immutable snapshots and the counters of the unkeyed split.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/reply.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/backend/pool.h"
#include "splitter/http1/head_syntax.h"
#include "splitter/http1/message.h"
#include "splitter/loop/listener.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/slab_pool.h"
#include "splitter/loop/socket.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/client_connection.h"
#include "splitter/proxy/exchange.h"
#include "splitter/proxy/pinned_snapshot.h"
#include "splitter/route/decide.h"
#include "splitter/route/settings.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// Large things that exist once and are good until the next head is read.
struct Scratch {
  RequestHead request_head;
  ResponseHead response_head;
  Request request;
  Response response;
};

class Worker {
 public:
  // `random`: unpredictable, for this worker alone. `snapshot` is in force from the start.
  // At most `clients_max` clients are accepted at a time; others wait in the kernel.
  Worker(const SteadyClock& clock, Random& random, std::shared_ptr<const Snapshot> snapshot,
         std::size_t clients_max, Reactor::OnBug on_bug);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // From any thread: `passed` runs on the worker's thread when no request can be decided by an
  // older snapshot any more. One that a newer one overtakes on the way is dropped, with its
  // `passed`: so a worker that is late holds one snapshot more and not all there were.
  void install(std::shared_ptr<const Snapshot> snapshot, Task passed);
  // From any thread: accepts what waits, listens no more, announces the end with each answer, and
  // run() returns when no connection is left or after `time_max`.
  void drain(Duration time_max);
  // The same for the sake of another process, which accepts from now on: whoever waits at the
  // listeners of these names is its. A later drain() can only shorten the time.
  void leave(std::vector<std::string> listeners, Duration time_max);
  // Begins no request any more: closes the connections that wait for one. After leave().
  void begin_none();

  // The rest is for the worker's own thread, or before it starts.
  // `settings` outlives the worker.
  void listen(os::Descriptor socket, const ListenerSettings& settings);
  void run();

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] SlabPool& slabs() { return slabs_; }
  [[nodiscard]] Pool& pool() { return pool_; }
  [[nodiscard]] CellTable& cells() { return cells_; }
  [[nodiscard]] Scratch& scratch() { return *scratch_; }
  [[nodiscard]] Decider& decider() { return *decider_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] bool is_draining() const { return drain_end_.since_start.count() != 0; }

  [[nodiscard]] PinnedSnapshot& current() { return *snapshots_.back(); }
  [[nodiscard]] PinnedSnapshot* pin();
  void unpin(PinnedSnapshot& pin) { pin.uses -= 1; }

  // Round robin over the endpoints of a backend.
  [[nodiscard]] const Endpoint& next_endpoint(const Backend& backend);

  [[nodiscard]] Exchange& take_exchange();
  void give_exchange(Exchange& exchange) { free_exchanges_.push_back(&exchange); }

  // Null when the connection cannot be watched: the kernel is short of memory or watches.
  [[nodiscard]] BackendConnection* add_backend(os::Descriptor socket, EndpointNumber endpoint);
  void close_backend(BackendConnection& connection);
  // Whether the endpoint of a connection may get further requests at all.
  [[nodiscard]] bool may_pool(const BackendConnection& connection,
                              const PinnedSnapshot& decided_by);
  // Its memory lives until the end of the turn.
  void bury(ClientConnection& client);

  // From any thread.
  [[nodiscard]] std::size_t client_count() const {
    return client_count_.load(std::memory_order_relaxed);
  }

 private:
  // False when no more may come now.
  bool accept(Accepted accepted, const ListenerSettings& settings);
  // What install() left for this thread.
  struct Installing {
    std::shared_ptr<const Snapshot> snapshot;
    Task passed;
  };
  void take_newest();
  void take_snapshot(std::shared_ptr<const Snapshot> snapshot);
  void close_idle(const Snapshot& before, const Snapshot& now);
  void begin_drain(Duration time_max);
  void leave_listeners(const std::vector<std::string>& names);
  void end_of_turn();

  Random& random_;
  std::size_t clients_max_;
  Reactor reactor_;
  SlabPool slabs_;
  Pool pool_;
  CellTable cells_;
  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Decider> decider_;
  std::vector<std::unique_ptr<PinnedSnapshot>> snapshots_;  // the last is in force
  std::vector<std::uint32_t> turns_;                        // by backend number

  struct Listening {
    std::string name;
    std::unique_ptr<Listener> listener;
  };
  std::vector<Listening> listeners_;
  std::vector<std::unique_ptr<ClientConnection>> clients_;
  std::vector<std::unique_ptr<BackendConnection>> backends_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> free_exchanges_;
  std::vector<std::unique_ptr<ClientConnection>> dead_clients_;
  std::vector<std::unique_ptr<BackendConnection>> dead_backends_;
  SteadyTime drain_end_;
  Watcher drain_alarm_;
  std::atomic<std::size_t> client_count_ = 0;
  Mutex mutex_;
  std::optional<Installing> installing_ KAI_GUARDED_BY(mutex_);
};

}  // namespace kai::splitter
