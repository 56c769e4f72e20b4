// Wiring of the platform Kubernetes: the one place that names its edges.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/platform.h"

namespace kai::app {

// What the user allows a kubeconfig to bring about.
struct Trust {
  bool writes_unverified = false;              // to an API server that is not verified
  std::vector<std::string> exec_plugins = {};  // paths of programs, or names in PATH
  std::string user_file = {};                  // where the user can say so for good; for messages
};

// One cluster, and the edges for one release in it. Reads the kubeconfig and asks the server for
// its version. `target.name_space` is filled in with the context's when it is empty. Errors:
// `rejected` (context, credentials, a program that nobody allowed), `unavailable`.
[[nodiscard]] Result<std::unique_ptr<Platform>> connect_kubernetes(App& app, core::Target& target,
                                                                   const Trust& trust);

// Whether anything names a cluster: a kubeconfig (`path`, $KUBECONFIG, the usual place) or the pod
// that we are in.
[[nodiscard]] bool is_cluster_configured(const App& app, const std::string& path);

}  // namespace kai::app
