// The workload's plan as it is kept in the record.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tree.h"
#include "edges/kube_workload/arms.h"

namespace kai::edges {

struct WorkloadData {
  std::string name_space;
  std::string release;
  std::uint32_t fixed_pods = 0;  // 0: by weight
  std::vector<ServiceArm> services;
  std::vector<Tree>
      objects;  // ours, in the order in which they are made; Deployments with 1 replica
};

[[nodiscard]] Tree to_tree(const WorkloadData& data);
[[nodiscard]] Result<WorkloadData> workload_data_from(const Tree& tree);

}  // namespace kai::edges
