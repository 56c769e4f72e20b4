// What several verbs need: options of output, a connection, errors as exit codes.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "app/app.h"
#include "app/choice.h"
#include "app/flags.h"
#include "app/platform.h"
#include "app/screen/exit_codes.h"
#include "app/screen/line.h"
#include "base/tree.h"
#include "core/plan/make_plan.h"

namespace kai::app {

// Value of an option on the command line, else of its environment variable, else `otherwise`.
[[nodiscard]] std::string option_or(const App& app, const Arguments& arguments,
                                    std::string_view name, std::string_view otherwise);
// Of one that is yes or no.
[[nodiscard]] bool is_on(const App& app, const Arguments& arguments, std::string_view name);

// What -o asks for. run() has checked that the verb has it.
enum class Form { table, wide, json, yaml, name, jsonpath };
[[nodiscard]] Form form_of(const App& app, const Arguments& arguments);
// The template in "jsonpath=TEMPLATE".
[[nodiscard]] std::string_view json_path_of(std::string_view form);
// A form for machines: print_data() prints it.
[[nodiscard]] bool wants_data(const App& app, const Arguments& arguments);
void print_data(App& app, const Arguments& arguments, const Tree& tree);
// For people: data to standard output, narration to standard error, each with its colours.
void print(App& app, const Lines& lines);
void narrate(App& app, const Lines& lines);

// What a verb is about that looks at a release or commands one.
struct Subject {
  PlatformName platform = PlatformName::kubernetes;
  core::Target target;
};
// Platform, release, namespace and context: from the flags, the environment and `word` (the name of
// a release or a service file; may be empty). Nothing that only a chart needs is asked for. Prints
// the mistakes and answers nothing when there are some.
[[nodiscard]] std::optional<Subject> read_subject(App& app, const Arguments& arguments,
                                                  const std::string& word);

// Takes lines of events, from `--events=<file|->`; empty when nobody asked.
using EventSink = std::function<void(std::string_view)>;
// Looks before anything starts whether the file of `--events` could be written; prints why not and
// answers the exit code. The file is made with the first event: without one there is none. One that
// cannot be written later is told once and never stops a rollout.
[[nodiscard]] std::expected<EventSink, int> open_events(App& app, const Arguments& arguments);

// A viewer for while nothing runs.
class NoViewer final : public ports::RolloutViewer {
 public:
  void show(const ports::RolloutView& /*view*/,
            const std::vector<ports::RolloutEvent>& /*events*/) override {}
};

void wait(App& app, Duration duration);

// Connects; prints why not and answers the exit code.
[[nodiscard]] std::expected<std::unique_ptr<Platform>, int> connect_or_code(
    App& app, const Arguments& arguments, Subject& subject);

}  // namespace kai::app
