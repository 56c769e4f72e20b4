// Where settings come from: flags, environment, project file, the chart's `canary:` block, the
// user's file.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/app.h"
#include "app/flags.h"
#include "core/plan/settings.h"

namespace kai::app {

struct ReadSources {
  core::Sources sources;
  std::optional<std::string> values_namespace;  // global.namespace of the chart's values
};

// The credential plugins that the user allows to run: the flag's, else those of the user's own
// file. Empty: none. Mistakes of that file.
[[nodiscard]] std::expected<std::vector<std::string>, std::vector<core::Mistake>>
allowed_exec_plugins(App& app, const Arguments& arguments);

// Path of the user's own configuration file; empty: nobody knows a home.
[[nodiscard]] std::string user_file(const App& app);

// That file, when it is there. Mistakes of it.
[[nodiscard]] std::expected<std::optional<core::ConfigSource>, std::vector<core::Mistake>>
users_own_source(App& app);

// What helm-deploy takes for granted, as the original script did: release, environment, chart.
[[nodiscard]] std::map<std::string, std::string> helm_deploy_defaults(const App& app);

// `needs_chart`: the verb renders, so a missing chart or values file is a mistake; else they are
// read when they are there. `defaults` are the verb's. All mistakes at once, each with file and
// line.
[[nodiscard]] std::expected<ReadSources, std::vector<core::Mistake>> read_sources(
    App& app, const Arguments& arguments, std::map<std::string, std::string> defaults,
    bool needs_chart);

}  // namespace kai::app
