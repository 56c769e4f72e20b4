// EndpointLosses: which events of a watch on EndpointSlices took an endpoint of the canary away.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/tree.h"
#include "kubeapi/watch.h"

namespace kai::edges {

class EndpointLosses {
 public:
  // Services whose losses count. Stable's do not: they end in no lowering, and a whole upgrade is
  // made of them.
  explicit EndpointLosses(std::set<std::string> services) : services_(std::move(services)) {}

  // True when an address that could get requests until now cannot any more. A slice that was not
  // seen before takes nothing away.
  [[nodiscard]] bool note(kubeapi::Change change, const Tree& slice);

 private:
  std::set<std::string> services_;
  std::map<std::string, std::set<std::string>> ready_;  // by name of the slice
};

}  // namespace kai::edges
