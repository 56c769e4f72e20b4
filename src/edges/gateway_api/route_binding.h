// Binding: a route object with the rules of it that send traffic to our services, and what was
// there before we came. It travels in the record, so that another process can lower and restore.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "base/tree.h"
#include "core/traffic/weight.h"
#include "edges/gateway_api/route_units.h"

namespace kai::edges {

// The annotation with our stamp: the only one that is put on an object of others.
inline constexpr std::string_view stamp_annotation = "kai-canary.dev/stamp";
// Field manager of every write to a route, and of the dry runs before the first one.
inline constexpr std::string_view route_manager = "kai-canary-route";
inline constexpr std::string_view probe_manager = "kai-canary-probe";

// One rule with exactly one entry for stable.
struct RuleBinding {
  std::uint32_t service = 0;  // index into WorkloadPlan::services
  std::size_t rule = 0;       // index when it was planned; only a hint later
  std::string stable;         // names of the Services, in the namespace of the entries
  std::string canary;
  std::uint16_t port = 0;             // of stable's entry
  std::uint16_t canary_port = 0;      // 0: the same
  std::vector<std::int64_t> weights;  // of all entries, in order, as served; a missing one is 1
  std::size_t stable_entry = 0;       // index into `weights`
  RouteScale scale;

  friend bool operator==(const RuleBinding&, const RuleBinding&) = default;
};

struct RouteBinding {
  std::string resource = "httproutes";  // or "grpcroutes"
  std::string name_space;
  std::string name;
  std::string uid;
  std::string service_name_space;  // of the Services that its entries name
  std::vector<RuleBinding> rules;  // never empty
  Tree spec;                       // as served
  bool had_annotations = false;
  std::string leftover_stamp;   // a stamp that was there without any entry of ours; empty: none
  Tree managed = Tree::list();  // managedFields entries that held what we write
  Tree parents = Tree::list();  // of status.parents: [{controllerName, parentRef}]

  // "httproutes shop/kai", for people.
  [[nodiscard]] std::string label() const { return resource + " " + name_space + "/" + name; }
};

// What the record keeps.
struct RouteData {
  std::vector<RouteBinding> routes;  // in the order in which they are raised
  std::vector<core::Weight> steps;   // every weight that will be asked for, rising
  Duration propagation_max{0};
};

[[nodiscard]] Tree pack_route_data(const RouteData& data);
// malformed: not written by `pack_route_data`.
[[nodiscard]] Result<RouteData> unpack_route_data(const Tree& packed);

}  // namespace kai::edges
