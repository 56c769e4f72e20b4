// Selection: from the names that a person calls critical to Services, workloads and ports of the
// candidate. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "core/plan/plan.h"
#include "ports/finding.h"
#include "ports/release.h"
#include "ports/workload.h"

namespace kai::edges {

// A chosen Service with its Deployment.
struct Selected {
  ports::ServicePlan plan;  // canary_service, canary_workload and canary_port are filled in
  Tree service;             // candidate's Service; null when the workload has none
  Tree deployment;          // candidate's Deployment
  Tree stable_deployment;   // stable's; null on a first install
};

struct Selection {
  std::vector<Selected> services;
  std::vector<ports::Finding> findings;  // P15 and notes
};

[[nodiscard]] Selection select_services(const core::Plan& plan, const ports::ReleasePlan& release);

}  // namespace kai::edges
