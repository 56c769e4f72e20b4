// EndpointLosses: which events of a watch on EndpointSlices took an endpoint of the canary away.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/tree.h"
#include "kubeapi/watch.h"
#include "ports/workload.h"

namespace kai::edges {

class EndpointLosses {
 public:
  // Services whose losses count. Stable's do not: they end in no lowering, and a whole upgrade is
  // made of them.
  explicit EndpointLosses(std::set<std::string> services) : services_(std::move(services)) {}

  // `endpoints_fewer` when an address that could get requests until now cannot any more,
  // `service_empty` when it was the last one of its Service. A slice that was not seen before takes
  // nothing away.
  [[nodiscard]] ports::WorkloadNews note(kubeapi::Change change, const Tree& slice);

 private:
  struct Slice {
    std::string service;
    std::set<std::string> ready;  // addresses
  };

  [[nodiscard]] ports::WorkloadNews lost_by(const std::string& service) const;

  std::set<std::string> services_;
  std::map<std::string, Slice> slices_;  // by name
};

}  // namespace kai::edges
