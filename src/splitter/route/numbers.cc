#include "splitter/route/numbers.h"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "core/traffic/split.h"
#include "splitter/route/address.h"
#include "splitter/route/counter_memory.h"
#include "splitter/route/snapshot.h"

namespace kai::splitter {
namespace {

template <typename Map, typename Name>
typename Map::mapped_type number_of(Map& known, const Name& name, std::uint32_t& given) {
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  KAI_CHECK(given < std::numeric_limits<std::uint32_t>::max());
  const typename Map::mapped_type number{given++};
  known.emplace(name, number);
  return number;
}

}  // namespace

BackendNumber Numbers::of_backend(std::string_view id) {
  return number_of(backends_, id, backends_given_);
}

EndpointNumber Numbers::of_endpoint(BackendNumber backend, const SocketAddress& address) {
  return number_of(endpoints_, std::pair(backend, address), endpoints_given_);
}

RouteNumber Numbers::of_route(std::string_view id) { return number_of(routes_, id, routes_given_); }

std::shared_ptr<core::WeylCounter> Numbers::counter_of(RouteNumber route) {
  Counter& known = counters_[route];
  if (!known.counter) known = make_counter();
  return known.counter;
}

Numbers::Counter Numbers::make_counter() {
  const std::uint64_t start = random_.next();
  const auto slot = memory_ && gives_slots_ ? memory_->take() : std::nullopt;
  if (!slot) return {.counter = std::make_shared<core::WeylCounter>(start), .slot = std::nullopt};
  std::construct_at(&memory_->at(*slot), start);
  return {.counter = counter_in(*slot), .slot = slot};
}

// The memory lives as long as whoever counts in it.
std::shared_ptr<core::WeylCounter> Numbers::counter_in(std::uint32_t slot) const {
  const auto user = std::make_shared<std::shared_ptr<CounterMemory>>(memory_);
  return {user, &memory_->at(slot)};
}

Numbers::Slots Numbers::slots() const {
  Slots slots;
  for (const auto& [id, number] : routes_) {
    const auto found = counters_.find(number);
    if (found != counters_.end() && found->second.slot) slots.emplace(id, *found->second.slot);
  }
  return slots;
}

void Numbers::use_slots(const Slots& slots) {
  for (const auto& [id, slot] : slots) {
    const RouteNumber route = of_route(id);
    const auto known = counters_.find(route);
    if (known != counters_.end() && known->second.slot == slot) continue;
    if (!memory_ || slot >= CounterMemory::slots) continue;
    if (gives_slots_ && !memory_->take(slot)) continue;  // two routes cannot share one
    if (known != counters_.end()) forgotten_.push_back(std::move(known->second));
    counters_[route] = {.counter = counter_in(slot), .slot = slot};
  }
}

// Only we make further users of them, so one without others has none for good.
void Numbers::give_back_slots() {
  std::erase_if(forgotten_, [&](const Counter& counter) {
    if (counter.counter.use_count() > 1) return false;
    if (counter.slot && gives_slots_) memory_->give(*counter.slot);
    return true;
  });
}

void Numbers::forget_others(const Snapshot& snapshot) {
  std::set<BackendNumber> backends;
  std::set<EndpointNumber> endpoints;
  std::set<RouteNumber> routes;
  for (const Backend& backend : snapshot.backends) {
    backends.insert(backend.number);
    for (const Endpoint& endpoint : backend.endpoints) endpoints.insert(endpoint.number);
  }
  for (const Route& route : snapshot.routes) routes.insert(route.number);
  std::erase_if(backends_, [&](const auto& entry) { return !backends.contains(entry.second); });
  std::erase_if(endpoints_, [&](const auto& entry) { return !endpoints.contains(entry.second); });
  std::erase_if(routes_, [&](const auto& entry) { return !routes.contains(entry.second); });
  std::erase_if(counters_, [&](auto& entry) {
    if (routes.contains(entry.first)) return false;
    forgotten_.push_back(std::move(entry.second));
    return true;
  });
  give_back_slots();
}

}  // namespace kai::splitter
