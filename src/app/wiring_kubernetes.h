// Wiring of the platform Kubernetes: the one place that names its edges.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/app.h"
#include "core/plan/plan.h"
#include "edges/helm/releases.h"
#include "edges/kube_store/kube_store.h"
#include "engine/ports.h"
#include "ports/rollout_store.h"

namespace kai::app {

// What the user allows a kubeconfig to bring about.
struct Trust {
  bool writes_unverified = false;              // to an API server that is not verified
  std::vector<std::string> exec_plugins = {};  // paths of programs, or names in PATH
  std::string user_file = {};                  // where the user can say so for good; for messages
};

// One cluster, and the edges for one release in it.
class Kubernetes {
 public:
  // Reads the kubeconfig and asks the server for its version. `target.name_space` is filled in with
  // the context's when it is empty. Errors: `rejected` (context, credentials, a program that nobody
  // allowed), `unavailable`.
  [[nodiscard]] static Result<std::unique_ptr<Kubernetes>> connect(App& app, core::Target& target,
                                                                   const Trust& trust);
  ~Kubernetes();

  [[nodiscard]] engine::Ports ports(ports::RolloutViewer& viewer);
  // Tells the cluster's users, as Events on the record and on stable's Deployments.
  [[nodiscard]] ports::RolloutViewer& events();
  // Whether all of them were posted, or given up.
  [[nodiscard]] bool are_events_posted() const;
  [[nodiscard]] ports::RolloutStore& store();
  [[nodiscard]] const edges::Releases& releases() const;
  void known_rollouts(const std::string& name_space, Reply<edges::KnownRollouts> reply);

 private:
  struct Parts;
  explicit Kubernetes(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace kai::app
