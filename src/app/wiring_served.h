// What the processes of a release ask of its kai-splitter, as the functions that their edge takes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/plan/plan.h"
#include "edges/local_workload/served_endpoints.h"
#include "edges/splitter_admin/splitter_backends.h"
#include "ports/rollout_store.h"

namespace kai::app {

// Of a plan with a local release.
[[nodiscard]] edges::SplitterSetup splitter_setup(const core::Plan& plan);

// Listeners and limits are those of the plan: of the one that begins, else of the record's.
class ServedWiring : public std::enable_shared_from_this<ServedWiring> {
 public:
  // Both outlive what functions() answers.
  ServedWiring(edges::SplitterBackends& backends, ports::RolloutStore& store)
      : backends_(backends), store_(store) {}

  void know(const core::Plan& plan) { setup_ = splitter_setup(plan); }
  [[nodiscard]] edges::ServedEndpoints functions();

 private:
  using Then = std::move_only_function<void(const edges::SplitterSetup&, Reply<Unit>)>;

  void publish(std::vector<edges::ServedService> services, Reply<Unit> reply);
  void set(std::vector<edges::ServedVersion> versions, Reply<Unit> reply);
  void with_setup(Reply<Unit> reply, Then then);

  edges::SplitterBackends& backends_;
  ports::RolloutStore& store_;
  std::optional<edges::SplitterSetup> setup_;
};

}  // namespace kai::app
