// EndpointLosses: which events of a watch on EndpointSlices took an endpoint away.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/tree.h"
#include "kubeapi/watch.h"

namespace kai::edges {

class EndpointLosses {
 public:
  // True when an address that could get requests until now cannot any more. A slice that was not
  // seen before takes nothing away.
  [[nodiscard]] bool note(kubeapi::Change change, const Tree& slice);

 private:
  std::map<std::string, std::set<std::string>> ready_;  // by name of the slice
};

}  // namespace kai::edges
