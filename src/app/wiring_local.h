// Wiring of the platform of one machine: the one place that names its edges.
#pragma once

#include <memory>
#include <string>

#include "app/platform.h"

namespace kai::app {

struct LocalPlace {
  std::string root;      // absolute; below it a folder for each release
  std::string splitter;  // kai-splitter: a path, or a name in PATH
};

// The releases of this machine, and the edges for one of them. Nothing is made or started before a
// rollout wants it. With `plan` for a rollout that begins; without it what is needed of a plan is
// read from the record. Errors: `rejected` (this build of the program has no such platform; the
// path of the control socket would be too long).
[[nodiscard]] Result<std::unique_ptr<Platform>> open_local(App& app, const core::Target& target,
                                                           const LocalPlace& place,
                                                           const core::Plan* plan);

}  // namespace kai::app
