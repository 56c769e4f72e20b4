// Choice: which platform a verb means, and the release that it is about.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "app/app.h"
#include "app/flags.h"
#include "app/platform.h"
#include "core/plan/plan.h"

namespace kai::app {

enum class PlatformName { kubernetes, local };

// The platform of a verb about `release` (empty: about none in particular): what --platform or
// $KAI_PLATFORM says; local with a service file; else kubernetes, unless nothing names a cluster
// and there is such a release on this machine: then local, and that is narrated. Prints what
// contradicts itself and answers 2.
[[nodiscard]] std::expected<PlatformName, int> choose_platform(App& app, const Arguments& arguments,
                                                               const std::string& release);

// The platform of this machine for `target`; with `plan` for a rollout that begins. Prints why not
// and answers the exit code.
[[nodiscard]] std::expected<std::unique_ptr<Platform>, int> open_local_or_code(
    App& app, const Arguments& arguments, const core::Target& target,
    const core::Plan* plan = nullptr);

// The same for a cluster. `target` is completed.
[[nodiscard]] std::expected<std::unique_ptr<Platform>, int> connect_cluster_or_code(
    App& app, const Arguments& arguments, core::Target& target);

// Names of the releases of this machine, sorted.
[[nodiscard]] std::vector<std::string> releases_here(App& app, const Arguments& arguments);

// Release and namespace for a verb about one release of this machine: `release` if it is given,
// else --release, else the only one that there is. Prints the mistakes and answers nothing when
// there are some.
[[nodiscard]] std::optional<core::Target> read_local_target(App& app, const Arguments& arguments,
                                                            const std::string& release);

}  // namespace kai::app
