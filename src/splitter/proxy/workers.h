// All workers of a process, each on a thread of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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

// A listening socket that somebody else opened.
struct HeldSocket {
  os::Descriptor socket;
  std::string listener = {};  // its name; empty: the one whose address it has
};

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

  // One socket per worker and listener. A listener takes those of `inherited` that are its own
  // instead, all of them: with fewer than workers some share one, with more some have several.
  // `settings` outlives this. Fails as listen_on does, and then nothing of ours listens;
  // `rejected`, too, when one of `inherited` is no listener's.
  [[nodiscard]] static Result<std::unique_ptr<Workers>> make(
      const SteadyClock& clock, const Settings& settings, std::size_t count,
      std::shared_ptr<const Snapshot> snapshot, std::vector<HeldSocket> inherited, Events events);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  // Every worker has ended, or was never started.
  ~Workers();

  // Returns when every thread runs: a thread may need calls for its start that it must not have
  // later.
  void start();
  void install(const std::shared_ptr<const Snapshot>& snapshot);
  void drain(Duration time_max);
  // Another process accepts at the listeners of these names from now on; what is connected here is
  // answered here, until `time_max`. A drain() after it can only shorten the time.
  void leave(const std::vector<std::string>& listeners, Duration time_max);

  // After leave(): no further request, not even on the connections that are there.
  void begin_none();

  // Every socket that is listened on, once, with its listener's name: for another process.
  [[nodiscard]] const std::vector<HeldSocket>& listening() const { return listening_; }

  // Where each listener is, in the order of the settings: the port when 0 was asked for.
  [[nodiscard]] const std::vector<SocketAddress>& addresses() const { return addresses_; }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t client_count() const;
  [[nodiscard]] std::vector<const CellTable*> cells() const;

 private:
  struct Running;
  explicit Workers(Events events);
  [[nodiscard]] Result<Unit> listen(const ListenerSettings& listener,
                                    const std::vector<os::Descriptor>& sockets);

  Events events_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<SocketAddress> addresses_;
  std::vector<HeldSocket> listening_;  // none any more when it drains
};

}  // namespace kai::splitter
