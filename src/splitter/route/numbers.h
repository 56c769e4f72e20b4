// The numbers of backends, endpoints and routes, and the counters of routes: what outlives a
// snapshot.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "core/traffic/split.h"
#include "splitter/route/address.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {

// The first question for a name gives it a number; later ones give the same. Of one thread.
class Numbers {
 public:
  // Counters lie in `memory`, if there is one, so that another process can draw from them, too.
  explicit Numbers(Random& random, std::shared_ptr<CounterMemory> memory = nullptr)
      : random_(random), memory_(std::move(memory)) {}

  [[nodiscard]] BackendNumber of_backend(std::string_view id);
  [[nodiscard]] EndpointNumber of_endpoint(BackendNumber backend, const SocketAddress& address);
  [[nodiscard]] RouteNumber of_route(std::string_view id);
  // Starts somewhere by chance, so that nobody can tell which request is the canary's.
  [[nodiscard]] std::shared_ptr<core::WeylCounter> counter_of(RouteNumber route);

  // Forgets the names that `snapshot`, the one in force, does not use; their numbers stay taken. So
  // the tables do not grow with all endpoints that ever were.
  void forget_others(const Snapshot& snapshot);

  // Where in the memory the counters of routes lie, by the route's id: what another process must
  // know to draw from them.
  using Slots = std::map<std::string, std::uint32_t, std::less<>>;
  [[nodiscard]] Slots slots() const;
  // The counters of these routes are there already: made by the process that was in charge before,
  // or is now. A slot that does not exist is passed over.
  void use_slots(const Slots& slots);
  // Another process gives the slots out from now on: a counter that it does not tell of is ours
  // alone.
  void stop_giving_slots() { gives_slots_ = false; }

 private:
  struct Counter {
    std::shared_ptr<core::WeylCounter> counter;
    std::optional<std::uint32_t> slot;
  };
  [[nodiscard]] std::shared_ptr<core::WeylCounter> counter_in(std::uint32_t slot) const;
  [[nodiscard]] Counter make_counter();
  void give_back_slots();

  Random& random_;
  std::shared_ptr<CounterMemory> memory_;
  bool gives_slots_ = true;
  std::map<std::string, BackendNumber, std::less<>> backends_;
  std::map<std::pair<BackendNumber, SocketAddress>, EndpointNumber> endpoints_;
  std::map<std::string, RouteNumber, std::less<>> routes_;
  std::map<RouteNumber, Counter> counters_;
  std::vector<Counter> forgotten_;  // a snapshot that somebody still reads may draw from it
  std::uint32_t backends_given_ = 0;
  std::uint32_t endpoints_given_ = 0;
  std::uint32_t routes_given_ = 0;
};

}  // namespace kai::splitter
