// What the units of a version are called on the platform of a plan.
#pragma once

#include <string>
#include <string_view>

#include "core/plan/plan.h"

namespace kai::core {

[[nodiscard]] inline std::string pods_word(const Plan& plan) {
  return plan.local ? "instances" : "pods";
}
[[nodiscard]] inline std::string_view a_pod_word(const Plan& plan) {
  return plan.local ? "an instance" : "a pod";
}

}  // namespace kai::core
