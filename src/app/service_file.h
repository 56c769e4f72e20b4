// Which platform a verb means, and the service file that describes a release of this machine.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "app/config_sources.h"
#include "app/flags.h"
#include "core/plan/settings.h"

namespace kai::app {

inline constexpr std::size_t service_file_bytes_max = std::size_t{1} << 20U;

// "kai.yaml", "shop.yml": no name of a release has a dot.
[[nodiscard]] bool is_service_file(std::string_view word);
// Path of the service file: the first word of the verb, or --file. Empty: none is named.
[[nodiscard]] std::string service_file_path(const App& app, const Arguments& arguments);

[[nodiscard]] std::expected<core::ServiceFile, std::vector<core::Mistake>> read_service_file(
    App& app, const std::string& path);

// Everything that a plan is made of, around a service file when one is named, else around a chart.
enum class NeedsChart { no, yes };
[[nodiscard]] std::expected<ReadSources, std::vector<core::Mistake>> read_settings(
    App& app, const Arguments& arguments, std::map<std::string, std::string> defaults,
    NeedsChart needs_chart);

// Where the state of this machine's releases is: `--state-dir`, else /var/lib/kai-canary for root,
// else below $XDG_STATE_HOME or ~/.local/state. Empty: nobody knows a home.
[[nodiscard]] std::string state_root(const App& app, const Arguments& arguments);

}  // namespace kai::app
