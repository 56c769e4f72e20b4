#include "splitter/proxy/workers.h"

#include <algorithm>
#include <cstddef>
#include <latch>
#include <memory>
#include <optional>
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

// A supervisor that holds an address which we do not serve would take its connections, and nobody
// would answer them.
Result<Unit> check_inherited(const std::vector<os::Descriptor>& inherited,
                             const std::vector<ListenerSettings>& listeners) {
  for (const os::Descriptor& socket : inherited) {
    const SocketAddress address = local_address(socket.number());
    if (std::ranges::find(listeners, address, &ListenerSettings::address) != listeners.end()) {
      continue;
    }
    return fail(ErrorKind::rejected, "the supervisor handed over a socket on " +
                                         format_socket_address(address) +
                                         ", which is the address of no listener");
  }
  return Unit{};
}

// A socket that was inherited is one queue that all workers accept from.
Result<os::Descriptor> socket_for(const SocketAddress& address,
                                  const std::vector<os::Descriptor>& inherited, Sharing sharing) {
  const auto found = std::ranges::find_if(inherited, [&](const os::Descriptor& socket) {
    return local_address(socket.number()) == address;
  });
  if (found == inherited.end()) return listen_on(address, sharing);
  os::Descriptor socket = duplicate(*found);
  if (!socket.is_open()) {
    return fail(ErrorKind::unavailable, "no descriptor left for " + format_socket_address(address));
  }
  return socket;
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
                                               std::vector<os::Descriptor> inherited,
                                               Events events) {
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
    SocketAddress address = listener.address;
    Sharing sharing = Sharing::none;
    for (const auto& running : workers->running_) {
      Result<os::Descriptor> socket = socket_for(address, inherited, sharing);
      if (!socket) return std::unexpected(std::move(socket.error()));
      // The first worker finds a free port, the others share it.
      address = local_address(socket->number());
      sharing = Sharing::with_first;
      running->worker.listen(std::move(*socket), listener);
    }
    workers->addresses_.push_back(address);
  }
  return workers;
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

void Workers::drain(Duration time_max) {
  for (const auto& running : running_) running->worker.drain(time_max);
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
