// What several verbs need: options of output, a connection, errors as exit codes.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/app.h"
#include "app/flags.h"
#include "app/wiring_kubernetes.h"
#include "base/tree.h"
#include "core/plan/make_plan.h"

namespace kai::app {

inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 3;

// Value of an option on the command line; `otherwise` when it is not there.
[[nodiscard]] std::string flag_or(const Arguments& arguments, std::string_view name,
                                  std::string_view otherwise);
[[nodiscard]] bool has_flag(const Arguments& arguments, std::string_view name);
[[nodiscard]] bool wants_json(const Arguments& arguments);
void print_tree(App& app, const Arguments& arguments, const Tree& tree);

// Release, namespace and context of a verb about one release: from the flags, the environment and
// the words. Nothing that only a chart needs is asked for. Prints the mistakes and answers nothing
// when there are some.
[[nodiscard]] std::optional<core::Target> read_target(App& app, const Arguments& arguments,
                                                      const std::string& release);

// Takes lines of events, from `--events=<file|->`; empty when nobody asked.
using EventSink = std::function<void(std::string_view)>;
// Opens what `--events` names before anything starts; prints why not and answers the exit code. A
// file that cannot be written later is told once and never stops a rollout.
[[nodiscard]] std::expected<EventSink, int> open_events(App& app, const Arguments& arguments);

// Connects; prints why not and answers the exit code.
[[nodiscard]] std::expected<std::unique_ptr<Kubernetes>, int> connect_or_code(
    App& app, const Arguments& arguments, core::Target& target);

}  // namespace kai::app
