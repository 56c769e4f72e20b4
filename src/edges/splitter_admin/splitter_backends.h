// What kai-splitter sends requests to: the stable version's and the canary's endpoints. Given to
// the workload as plain functions by the wiring.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/reply.h"
#include "core/plan/plan.h"
#include "edges/splitter_admin/splitter_control.h"
#include "edges/splitter_admin/splitter_process.h"

namespace kai::edges {

// The endpoints of one version of one service.
struct SplitterVersion {
  std::string service;                 // id of its route
  std::string tag;                     // letters, digits and ._-+:~
  std::vector<std::string> endpoints;  // "127.0.0.1:20001", each once; empty: none is left

  friend bool operator==(const SplitterVersion&, const SplitterVersion&) = default;
};

// A service as its users get it.
struct SplitterService {
  std::string host;         // whose requests; empty: of any host
  std::string path_prefix;  // "/": all paths
  SplitterVersion stable;

  friend bool operator==(const SplitterService&, const SplitterService&) = default;
};

// What is asked for beside the services.
struct SplitterSetup {
  std::vector<std::string> listen;  // where users connect, "0.0.0.0:8080"; each counts once
  core::Limits limits;              // what the splitter has to count exactly
  // Which of them is whose, by service: requests that come elsewhere are not its. A service that is
  // not named, or a single address: wherever they come.
  std::map<std::string, std::string> listen_of = {};
};

// "<service>@<tag>": the id of the backend. Also ServicePlan::canary_service, by which the router
// knows the canary's.
[[nodiscard]] std::string backend_id(std::string_view service, std::string_view tag);

// A version as it is in force.
struct SplitterServed {
  SplitterVersion version;
  bool is_stable = false;                  // it gets what no canary gets
  std::uint32_t ppm = 0;                   // of the service's requests that it gets now
  std::optional<std::uint64_t> in_flight;  // requests that it has not answered; empty: not known

  friend bool operator==(const SplitterServed&, const SplitterServed&) = default;
};

// Each call answers once, when every worker does so; an error says that this is not known, and
// asking for the same again is always right. Errors are those of SplitterControl.
class SplitterBackends {
 public:
  // Both outlive it.
  SplitterBackends(SplitterControl& control, SplitterProcess& process);
  ~SplitterBackends();

  // From now on exactly these services are served, each by this version alone: one change, no
  // request between an old and a new one. A canary of the same tag becomes the stable one; a
  // canary of another tag, and what was stable before, is taken out, and its requests in flight
  // finish where they are. Starts the splitter if it does not run. `rejected` when the running one
  // listens elsewhere.
  void publish_stable(const SplitterSetup& setup, std::vector<SplitterService> services,
                      Reply<Unit> reply);
  // The endpoints of versions, stable or not; no weight and no role changes. A version that is new
  // is closed, and no route names it until the router gives it weight; so is a canary without
  // endpoints. `limits` as the new version's judge needs them. `unavailable` before the first
  // publish_stable, `rejected` for a service that is not served.
  void set_endpoints(const core::Limits& limits, std::vector<SplitterVersion> versions,
                     Reply<Unit> reply);
  // Forgets the versions with this tag that are not stable. None there: done. `unavailable` while
  // one of them carries weight.
  void remove(std::string tag, Reply<Unit> reply);
  // All versions that are known, sorted by service and tag. Nothing served yet: an empty list.
  void served(Reply<std::vector<SplitterServed>> reply);

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace kai::edges
