// Clone: the objects of ours that run the candidate beside stable. Trees in, trees out.
#pragma once

#include <string>
#include <vector>

#include "base/tree.h"
#include "edges/kube_workload/closure.h"
#include "edges/kube_workload/labels.h"
#include "edges/kube_workload/selection.h"
#include "ports/release.h"

namespace kai::edges {

struct CloneContext {
  std::string name_space;
  std::string release;
};

// A changed or new ConfigMap or Secret that a cloned pod names, under a name made from its content,
// immutable.
[[nodiscard]] Tree config_copy(const Tree& object, const std::string& name,
                               const CloneContext& context);
// `template_labels`: those of the candidate's template, already rewritten. `keys`: the ones that
// were.
[[nodiscard]] Tree clone_deployment(const Selected& selected, const std::vector<std::string>& keys,
                                    const Rename& rename, const CloneContext& context);
[[nodiscard]] Tree clone_service(const Selected& selected, const std::vector<std::string>& keys,
                                 const CloneContext& context);
// A bare Pod with the clone's template: what the server says of it counts quota, limits and pod
// security, which a Deployment's dry run does not.
[[nodiscard]] Tree bare_pod(const Tree& deployment);

// Puts the rollout's id, stamp and size on a planned object, just before it is written.
void mark(Tree& object, const std::string& rollout, const std::string& stamp);

}  // namespace kai::edges
