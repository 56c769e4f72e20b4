// Rights: what a rollout will ask of the API server for its workload, the way down included (P6).
// Pure.
#pragma once

#include <string>
#include <vector>

#include "kubeapi/client.h"
#include "ports/finding.h"

namespace kai::edges {

// All of them are needed. Those to read come first: without one of these nothing can be planned.
struct NeededRights {
  std::vector<kubeapi::AccessQuestion> to_look;
  std::vector<kubeapi::AccessQuestion> to_act;
};
[[nodiscard]] NeededRights rights_needed(const std::string& name_space);

// To have the server's opinion of a bare pod of the canary. Without it that stays unchecked.
[[nodiscard]] kubeapi::AccessQuestion right_to_rehearse_pods(const std::string& name_space);

// With the rule of a Role that grants it.
[[nodiscard]] ports::Finding missing_right(const kubeapi::AccessQuestion& question);

}  // namespace kai::edges
