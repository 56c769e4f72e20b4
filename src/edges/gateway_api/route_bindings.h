// Finding the rules that send traffic to our services, and why others that name them cannot be
// used. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tree.h"
#include "core/traffic/weight.h"
#include "edges/gateway_api/route_binding.h"
#include "ports/workload.h"

namespace kai::edges {

// The API takes no more entries in one rule.
inline constexpr std::size_t route_entries_max = 16;

// A route as the server gave it, and what it is.
struct ListedRoute {
  std::string resource;  // "httproutes" or "grpcroutes"
  Tree object;
};

struct FoundBindings {
  std::vector<RouteBinding> routes;  // sorted by resource, namespace and name
  std::vector<std::string> refused;  // what makes a rollout impossible, one sentence each
  std::vector<std::string>
      rejected;  // "httproutes shop/kai rule 2: why it cannot be used"; it sends no traffic
  std::vector<std::string> leaks;     // sends traffic to stable past the split
  std::vector<std::string> warnings;  // mirrors, sticky sessions
  std::vector<std::string> lines;     // what `plan` prints
};

// Everything in `routes` that names one of the services of `workload`. Never throws on a foreign
// object, whatever its shape. `steps`: every weight that will be asked for. `grants`:
// ReferenceGrants of the services' namespace.
[[nodiscard]] FoundBindings find_bindings(std::span<const ListedRoute> routes,
                                          std::span<const Tree> grants,
                                          const ports::WorkloadPlan& workload,
                                          std::span<const core::Weight> steps);

// An entry of a rule that sends to this Service; `route_name_space` is where the route lives.
struct EntryName {
  std::string_view name;
  std::string_view name_space;
  std::string_view route_name_space;
};
[[nodiscard]] bool is_entry_of(const Tree& entry, const EntryName& wanted);

// Weight as the API reads it: absent or null is 1; anything but a whole number of 0 to 1,000,000 is
// -1.
[[nodiscard]] std::int64_t entry_weight(const Tree& entry);

// backendRefs of a rule; empty when there are none, whatever stands there.
[[nodiscard]] const Tree::List& entries_of(const Tree& rule);
[[nodiscard]] const Tree::List& rules_of(const Tree& route);

}  // namespace kai::edges
