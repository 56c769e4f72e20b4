#include "edges/kube_workload/workload_data.h"

#include "base/tree_reader.h"

namespace kai::edges {

Tree to_tree(const WorkloadData& data) {
  Tree services = Tree::list();
  for (const ServiceArm& each : data.services) {
    services.push_back(Tree(Tree::Map{{"name", each.name},
                                      {"service", each.service},
                                      {"canaryService", each.canary_service},
                                      {"workload", each.workload},
                                      {"canaryWorkload", each.canary_workload},
                                      {"candidateTemplate", each.candidate_template},
                                      {"stableTemplate", each.stable_template}}));
  }
  Tree objects = Tree::list();
  for (const Tree& object : data.objects) objects.push_back(object);
  return Tree(Tree::Map{{"namespace", data.name_space},
                        {"release", data.release},
                        {"fixedPods", std::int64_t{data.fixed_pods}},
                        {"services", std::move(services)},
                        {"objects", std::move(objects)}});
}

Result<WorkloadData> workload_data_from(const Tree& tree) {
  TreeReader reader(tree, "workload plan");
  WorkloadData data{.name_space = reader.text("namespace"),
                    .release = reader.text("release"),
                    .fixed_pods = static_cast<std::uint32_t>(reader.count("fixedPods")),
                    .services = {},
                    .objects = reader.list("objects")};
  for (const Tree& item : reader.list("services")) {
    TreeReader service(item, "workload plan, service");
    data.services.push_back({.name = service.text("name"),
                             .service = service.text("service"),
                             .canary_service = service.text("canaryService"),
                             .workload = service.text("workload"),
                             .canary_workload = service.text("canaryWorkload"),
                             .candidate_template = service.any("candidateTemplate"),
                             .stable_template = service.any("stableTemplate")});
    if (!service.is_good()) return std::unexpected(service.error());
  }
  if (!reader.is_good()) return std::unexpected(reader.error());
  return data;
}

}  // namespace kai::edges
