#include "splitter/proxy/workers.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "os/real_random.h"
#include "splitter/loop/loop_thread.h"
#include "splitter/loop/socket.h"
#include "splitter/observe/cell.h"
#include "splitter/proxy/worker.h"
#include "splitter/route/address.h"
#include "splitter/route/settings.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

// For the control socket, the state file, the log and the loops themselves.
constexpr std::size_t reserved_descriptors = 256;
constexpr std::size_t clients_least = 16;

// A client with a request in flight needs a second descriptor for its backend.
std::size_t clients_per_worker(std::size_t workers) {
  rlimit limit{};
  KAI_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  KAI_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const std::size_t usable =
      std::max<std::size_t>(limit.rlim_cur, reserved_descriptors) - reserved_descriptors;
  return std::max(usable / (2 * workers), clients_least);
}

bool is_of(const HeldSocket& held, const ListenerSettings& listener) {
  if (!held.listener.empty()) return held.listener == listener.name;
  return local_address(held.socket.number()) == listener.address;
}

// A supervisor that holds an address which we do not serve would take its connections, and nobody
// would answer them.
Result<Unit> check_inherited(const std::vector<HeldSocket>& inherited,
                             const std::vector<ListenerSettings>& listeners) {
  for (const HeldSocket& held : inherited) {
    const auto is_its = [&](const ListenerSettings& listener) { return is_of(held, listener); };
    if (std::ranges::any_of(listeners, is_its)) continue;
    return fail(ErrorKind::rejected,
                "the supervisor handed over a socket on " +
                    format_socket_address(local_address(held.socket.number())) +
                    ", which is the address of no listener");
  }
  return Unit{};
}

using Sockets = std::vector<os::Descriptor>;

// Those that were inherited, or one for each worker: the first finds a free port, the others share
// it.
Result<Sockets> sockets_of(const ListenerSettings& listener, std::vector<HeldSocket>& inherited,
                           std::size_t workers) {
  Sockets sockets;
  for (HeldSocket& held : inherited) {
    if (held.socket.is_open() && is_of(held, listener)) sockets.push_back(std::move(held.socket));
  }
  if (!sockets.empty()) return sockets;
  SocketAddress address = listener.address;
  Sharing sharing = Sharing::none;
  while (sockets.size() < workers) {
    Result<os::Descriptor> socket = listen_on(address, sharing);
    if (!socket) return std::unexpected(std::move(socket.error()));
    address = local_address(socket->number());
    sharing = Sharing::with_first;
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

}  // namespace

struct Workers::Running {
  Running(const SteadyClock& clock, std::shared_ptr<const Snapshot> snapshot,
          std::size_t clients_max, std::function<void(std::string_view)> bug)
      : worker(clock, random, std::move(snapshot), clients_max,
               [bug = std::move(bug)](std::string_view what) { bug(what); }) {}

  os::BlockRandom random;
  Worker worker;
  std::optional<LoopThread> thread;
};

Workers::Workers(Events events) : events_(std::move(events)) {}
Workers::~Workers() = default;

Result<std::unique_ptr<Workers>> Workers::make(const SteadyClock& clock, const Settings& settings,
                                               std::size_t count,
                                               std::shared_ptr<const Snapshot> snapshot,
                                               std::vector<HeldSocket> inherited, Events events) {
  if (const auto checked = check_inherited(inherited, settings.listeners); !checked) {
    return std::unexpected(checked.error());
  }
  std::unique_ptr<Workers> workers(new Workers(std::move(events)));  // NOLINT: private constructor
  const std::size_t clients_max = clients_per_worker(count);
  for (std::size_t index = 0; index < count; ++index) {
    workers->running_.push_back(
        std::make_unique<Running>(clock, snapshot, clients_max, workers->events_.bug));
  }
  for (const ListenerSettings& listener : settings.listeners) {
    Result<Sockets> sockets = sockets_of(listener, inherited, count);
    if (!sockets) return std::unexpected(std::move(sockets.error()));
    if (auto given = workers->listen(listener, *sockets); !given) {
      return std::unexpected(std::move(given.error()));
    }
    workers->addresses_.push_back(local_address(sockets->front().number()));
    for (os::Descriptor& socket : *sockets) {
      workers->listening_.push_back({.socket = std::move(socket), .listener = listener.name});
    }
  }
  return workers;
}

// Every socket is somebody's, and every worker has one.
Result<Unit> Workers::listen(const ListenerSettings& listener,
                             const std::vector<os::Descriptor>& sockets) {
  const std::size_t places = std::max(sockets.size(), running_.size());
  for (std::size_t place = 0; place < places; ++place) {
    os::Descriptor socket = duplicate(sockets[place % sockets.size()]);
    if (!socket.is_open()) {
      return fail(ErrorKind::unavailable,
                  "no descriptor left for " + format_socket_address(listener.address));
    }
    running_[place % running_.size()]->worker.listen(std::move(socket), listener);
  }
  return Unit{};
}

void Workers::start() {
  std::latch running(static_cast<std::ptrdiff_t>(running_.size()));
  for (std::size_t index = 0; index < running_.size(); ++index) {
    running_[index]->thread.emplace([this, index, &running] {
      running.count_down();
      running_[index]->worker.run();
      events_.ended(index);
    });
  }
  running.wait();
}

void Workers::install(const std::shared_ptr<const Snapshot>& snapshot) {
  for (std::size_t index = 0; index < running_.size(); ++index) {
    running_[index]->worker.install(snapshot, [this, index, generation = snapshot->generation] {
      events_.passed(index, generation);
    });
  }
}

// Our own hold on the sockets ends first: one that nobody accepts from would swallow connections.
void Workers::drain(Duration time_max) {
  listening_.clear();
  for (const auto& running : running_) running->worker.drain(time_max);
}

void Workers::leave(const std::vector<std::string>& listeners, Duration time_max) {
  listening_.clear();
  for (const auto& running : running_) running->worker.leave(listeners, time_max);
}

void Workers::begin_none() {
  for (const auto& running : running_) running->worker.begin_none();
}

std::size_t Workers::count() const { return running_.size(); }

std::size_t Workers::client_count() const {
  std::size_t count = 0;
  for (const auto& running : running_) count += running->worker.client_count();
  return count;
}

std::vector<const CellTable*> Workers::cells() const {
  std::vector<const CellTable*> tables;
  tables.reserve(running_.size());
  for (const auto& running : running_) tables.push_back(&running->worker.cells());
  return tables;
}

}  // namespace kai::splitter
