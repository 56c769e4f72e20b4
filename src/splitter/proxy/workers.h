// All workers of a process, each on a thread of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/time.h"
#include "os/descriptor.h"
#include "splitter/observe/cell.h"
#include "splitter/route/settings.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

class Workers {
 public:
  // What is told from a worker's thread.
  struct Events {
    // Worker `index` decides by `generation`, or a later one, from now on. Not told of each: one
    // that was overtaken is passed with the one that overtook it.
    std::function<void(std::size_t index, std::uint64_t generation)> passed;
    std::function<void(std::string_view what)> bug;
    // Its last connection has ended after drain(), or the time is over.
    std::function<void(std::size_t index)> ended;
  };

  // One socket per worker and listener; a listener whose address is that of one of `inherited`
  // takes that one, for all workers. `settings` outlives this. Fails as listen_on does, and then
  // nothing of ours listens; `rejected`, too, when one of `inherited` is no listener's.
  [[nodiscard]] static Result<std::unique_ptr<Workers>> make(
      const SteadyClock& clock, const Settings& settings, std::size_t count,
      std::shared_ptr<const Snapshot> snapshot, std::vector<os::Descriptor> inherited,
      Events events);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Every worker has ended, or was never started.
  ~Workers();

  // Returns when every thread runs: a thread may need calls for its start that it must not have
  // later.
  void start();
  void install(const std::shared_ptr<const Snapshot>& snapshot);
  void drain(Duration time_max);

  // Where each listener is, in the order of the settings: the port when 0 was asked for.
  [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return addresses_; }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t client_count() const;
  [[nodiscard]] std::vector<const CellTable*> cells() const;

 private:
  struct Running;
  explicit Workers(Events events);

  Events events_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<SocketAddress> addresses_;
};

}  // namespace kai::splitter
