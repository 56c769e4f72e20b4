#include "splitter/proxy/worker.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/reply.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/backend/backend_connection.h"
#include "splitter/loop/listener.h"
#include "splitter/loop/reactor.h"
#include "splitter/loop/socket.h"
#include "splitter/proxy/client_connection.h"
#include "splitter/proxy/exchange.h"
#include "splitter/proxy/limits.h"
#include "splitter/proxy/pinned_snapshot.h"
#include "splitter/route/decide.h"
#include "splitter/route/settings.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

// Takes `element` out of a table whose elements know their place.
template <typename Element>
std::unique_ptr<Element> take_out(std::vector<std::unique_ptr<Element>>& table, Element& element) {
  KAI_CHECK(element.index < table.size() && table[element.index].get() == &element);
  std::unique_ptr<Element> taken = std::move(table[element.index]);
  if (element.index + 1 != table.size()) {
    table[element.index] = std::move(table.back());
    table[element.index]->index = element.index;
  }
  table.pop_back();
  return taken;
}

template <typename Element>
Element& put_in(std::vector<std::unique_ptr<Element>>& table, std::unique_ptr<Element> element) {
  element->index = static_cast<std::uint32_t>(table.size());
  return *table.emplace_back(std::move(element));
}

const Backend* find_backend(const Snapshot& snapshot, BackendNumber number) {
  const auto found = std::ranges::find(snapshot.backends, number, &Backend::number);
  return found == snapshot.backends.end() ? nullptr : &*found;
}

// Only wakes the loop, which looks at the time by itself.
constexpr WatcherCalls alarm_calls{
    .on_ready = [](Watcher&, Readiness) {},
    .on_due = [](Watcher&) {},
    .on_bug = [](Watcher&, std::string_view) {},
};

bool may_keep_idle(const Backend* now, EndpointNumber endpoint) {
  if (now == nullptr || now->is_closed()) return false;
  return std::ranges::find(now->endpoints, endpoint, &Endpoint::number) != now->endpoints.end();
}

}  // namespace

Worker::Worker(const SteadyClock& clock, Random& random, std::shared_ptr<const Snapshot> snapshot,
               std::size_t clients_max, Reactor::OnBug on_bug)
    : random_(random),
      clients_max_(clients_max),
      reactor_(clock, std::move(on_bug)),
      slabs_(slab_bytes_per_worker_max, slab_bytes_kept_max),
      scratch_(std::make_unique<Scratch>()),
      decider_(std::make_unique<Decider>(random)),
      drain_alarm_(alarm_calls) {
  snapshots_.push_back(std::make_unique<PinnedSnapshot>(std::move(snapshot)));
  reactor_.at_end_of_turn([this] { end_of_turn(); });
}

Worker::~Worker() {
  listeners_.clear();
  while (!clients_.empty()) clients_.back()->abort();
  while (!backends_.empty()) close_backend(*backends_.back());
  reactor_.cancel_timer(drain_alarm_);
}

void Worker::install(std::shared_ptr<const Snapshot> snapshot, Task passed) {
  bool is_on_its_way = false;
  {
    const MutexLock lock(mutex_);
    is_on_its_way = installing_.has_value();
    installing_ = Installing{.snapshot = std::move(snapshot), .passed = std::move(passed)};
  }
  if (!is_on_its_way) reactor_.post([this] { take_newest(); });
}

void Worker::take_newest() {
  std::optional<Installing> newest;
  {
    const MutexLock lock(mutex_);
    newest = std::exchange(installing_, std::nullopt);
  }
  KAI_CHECK(newest.has_value());
  take_snapshot(std::move(newest->snapshot));
  newest->passed();
}

void Worker::drain(Duration time_max) {
  reactor_.post([this, time_max] { begin_drain(time_max); });
}

void Worker::leave(std::vector<std::string> listeners, Duration time_max) {
  reactor_.post([this, names = std::move(listeners), time_max] {
    leave_listeners(names);
    begin_drain(time_max);
  });
}

void Worker::begin_none() {
  reactor_.post([this] {
    for (std::size_t at = clients_.size(); at > 0; --at) clients_[at - 1]->end_if_idle();
  });
}

void Worker::leave_listeners(const std::vector<std::string>& names) {
  for (const Listening& each : listeners_) {
    if (std::ranges::find(names, each.name) != names.end()) each.listener->leave();
  }
}

void Worker::listen(os::Descriptor socket, const ListenerSettings& settings) {
  listeners_.push_back({.name = settings.name,
                        .listener = std::make_unique<Listener>(
                            reactor_, std::move(socket), [this, &settings](Accepted accepted) {
                              return accept(std::move(accepted), settings);
                            })});
}

// Who is still there when the time is over is counted, too.
void Worker::run() {
  reactor_.run();
  while (!clients_.empty()) clients_.back()->abort();
}

PinnedSnapshot* Worker::pin() {
  current().uses += 1;
  return &current();
}

const Endpoint& Worker::next_endpoint(const Backend& backend) {
  const auto number = static_cast<std::size_t>(std::to_underlying(backend.number));
  if (number >= turns_.size()) turns_.resize(number + 1);
  KAI_CHECK(!backend.endpoints.empty());
  return backend.endpoints[turns_[number]++ % backend.endpoints.size()];
}

Exchange& Worker::take_exchange() {
  if (free_exchanges_.empty()) {
    exchanges_.push_back(std::make_unique<Exchange>(*this));
    free_exchanges_.push_back(exchanges_.back().get());
  }
  Exchange& exchange = *free_exchanges_.back();
  free_exchanges_.pop_back();
  return exchange;
}

BackendConnection* Worker::add_backend(os::Descriptor socket, EndpointNumber endpoint) {
  BackendConnection& connection =
      put_in(backends_, std::make_unique<BackendConnection>(Exchange::backend_calls, slabs_,
                                                            std::move(socket), endpoint));
  connection.worker = this;
  if (reactor_.add(connection.stream.socket.number(), connection, Trigger::edge)) {
    return &connection;
  }
  close_backend(connection);
  return nullptr;
}

void Worker::close_backend(BackendConnection& connection) {
  reactor_.remove(connection.stream.socket.number(), connection);
  connection.stream.socket.close();
  dead_backends_.push_back(take_out(backends_, connection));
}

void Worker::bury(ClientConnection& client) {
  dead_clients_.push_back(take_out(clients_, client));
  client_count_.store(clients_.size(), std::memory_order_relaxed);
}

bool Worker::accept(Accepted accepted, const ListenerSettings& settings) {
  ClientConnection& client =
      put_in(clients_, std::make_unique<ClientConnection>(
                           *this, settings, std::move(accepted.descriptor), accepted.peer));
  client_count_.store(clients_.size(), std::memory_order_relaxed);
  if (reactor_.add(client.stream().socket.number(), client, Trigger::edge)) {
    client.run();
  } else {
    client.abort();
  }
  return clients_.size() < clients_max_;
}

void Worker::take_snapshot(std::shared_ptr<const Snapshot> snapshot) {
  const std::shared_ptr<const Snapshot> before = current().snapshot;
  snapshots_.push_back(std::make_unique<PinnedSnapshot>(std::move(snapshot)));
  close_idle(*before, *current().snapshot);
  // From the end, since one that ends gives its place to the last.
  for (std::size_t at = clients_.size(); at > 0; --at) {
    ClientConnection& client = *clients_[at - 1];
    reactor_.contain(client, [&] { client.reconsider(); });
  }
}

bool Worker::may_pool(const BackendConnection& connection, const PinnedSnapshot& decided_by) {
  if (&decided_by == &current()) return true;
  return std::ranges::any_of(current().snapshot->backends, [&](const Backend& backend) {
    return may_keep_idle(&backend, connection.endpoint);
  });
}

// Idle connections of what is closed or gone; those in use end with their requests, whose end looks
// at the snapshot again.
void Worker::close_idle(const Snapshot& before, const Snapshot& now) {
  for (const Backend& backend : before.backends) {
    const Backend* const kept = find_backend(now, backend.number);
    for (const Endpoint& endpoint : backend.endpoints) {
      if (may_keep_idle(kept, endpoint.number)) continue;
      while (BackendConnection* const idle = pool_.take_any(endpoint.number)) close_backend(*idle);
    }
  }
}

void Worker::begin_drain(Duration time_max) {
  const SteadyTime end = reactor_.now() + std::max(time_max, Duration(1));
  if (is_draining() && drain_end_ <= end) return;
  drain_end_ = end;
  reactor_.arm_timer(drain_alarm_, drain_end_);
  // What waits in the kernel's queue was promised a connection.
  listeners_.clear();
}

void Worker::end_of_turn() {
  dead_clients_.clear();
  dead_backends_.clear();
  if (snapshots_.size() > 1) {
    const PinnedSnapshot* const in_force = &current();
    std::erase_if(snapshots_,
                  [&](const auto& each) { return each.get() != in_force && each->uses == 0; });
  }
  if (!is_draining()) return;
  if (clients_.empty() || reactor_.now() >= drain_end_) reactor_.stop();
}

}  // namespace kai::splitter
