#include "app/commands/common.h"

#include <utility>

#include <fmt/format.h>

#include "app/screen/findings.h"
#include "app/screen/json_path.h"
#include "app/service_file.h"
#include "base/check.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "core/plan/options.h"
#include "core/plan/reader.h"

namespace kai::app {

std::string option_or(const App& app, const Arguments& arguments, std::string_view name,
                      std::string_view otherwise) {
  const core::Sources sources{
      .flags = arguments.flags, .environment = app.environment, .configs = {}, .defaults = {}};
  const core::Option* const option = core::find_option(name);
  KAI_CHECK(option != nullptr);
  const auto setting = core::find_setting(sources, *option);
  return setting && !setting->values.empty() ? setting->values.back() : std::string(otherwise);
}

bool is_on(const App& app, const Arguments& arguments, std::string_view name) {
  return option_or(app, arguments, name, "false") != "false";
}

std::string_view json_path_of(std::string_view form) {
  return form.substr(std::min(form.find('=') + 1, form.size()));
}

Form form_of(const App& app, const Arguments& arguments) {
  const std::string form = option_or(app, arguments, "output", "table");
  static constexpr std::pair<std::string_view, Form> forms[] = {
      {"wide", Form::wide}, {"json", Form::json}, {"yaml", Form::yaml}, {"name", Form::name}};
  for (const auto& [word, value] : forms) {
    if (form == word) return value;
  }
  return form.starts_with("jsonpath=") ? Form::jsonpath : Form::table;
}

bool wants_data(const App& app, const Arguments& arguments) {
  const Form form = form_of(app, arguments);
  return form == Form::json || form == Form::yaml || form == Form::jsonpath;
}

void print_data(App& app, const Arguments& arguments, const Tree& tree) {
  switch (form_of(app, arguments)) {
    case Form::yaml:
      return app.out(codec::write_yaml(tree));
    case Form::jsonpath: {
      const auto path = JsonPath::parse(json_path_of(option_or(app, arguments, "output", "table")));
      KAI_CHECK(path.has_value());  // run() has parsed it
      return app.out(path->text_from(tree));
    }
    case Form::table:
    case Form::wide:
    case Form::name:
    case Form::json:
      break;
  }
  app.out(codec::write_json_pretty(tree) + "\n");
}

void print(App& app, const Lines& lines) {
  app.out(text_of(lines, {.colour = app.out_colour, .utf8 = app.utf8}));
}

void narrate(App& app, const Lines& lines) {
  app.err(text_of(lines, {.colour = app.err_colour, .utf8 = app.utf8}));
}

std::optional<Subject> read_subject(App& app, const Arguments& arguments, const std::string& word) {
  const std::string release = is_service_file(word) ? "" : word;
  const auto platform = choose_platform(app, arguments, release);
  if (!platform) return std::nullopt;
  if (*platform == PlatformName::local) {
    auto here = read_local_target(app, arguments, release);
    if (!here) return std::nullopt;
    return Subject{.platform = PlatformName::local, .target = std::move(*here)};
  }
  const core::Sources sources{.flags = arguments.flags,
                              .environment = app.environment,
                              .configs = {},
                              .defaults = {{"release", release.empty() ? "kai" : release}}};
  std::vector<std::string> warnings;
  const auto mistakes = core::unknown_words(sources, warnings);
  if (!mistakes.empty()) {
    narrate(app, mistakes_lines(mistakes));
    return std::nullopt;
  }
  core::Reader reader(sources);
  core::Target target{.release = release.empty() ? reader.text("release").value_or("kai") : release,
                      .name_space = reader.text("namespace").value_or(""),
                      .context = reader.text("context").value_or(""),
                      .kubeconfig = reader.text("kubeconfig").value_or("")};
  if (const auto home = reader.text("release-namespace")) target.name_space = *home;
  return Subject{.platform = PlatformName::kubernetes, .target = std::move(target)};
}

std::expected<EventSink, int> open_events(App& app, const Arguments& arguments) {
  const std::string path = option_or(app, arguments, "events", "");
  if (path.empty()) return EventSink();
  if (path == "-") return EventSink(app.out);
  const auto could = app.disk.may_append(path);
  if (!could) {
    narrate(app, {{{"--events: " + could.error().message}}});
    return std::unexpected(exit_usage);
  }
  return EventSink([&app, path, failed = false](std::string_view line) mutable {
    const auto written = app.disk.append(path, line);
    if (!written && !std::exchange(failed, true)) {
      narrate(app, {{{"warning", Colour::attention},
                     {": events are lost: " + written.error().message}}});
    }
  });
}

void wait(App& app, Duration duration) {
  bool done = false;
  app.loop.at(app.steady.now() + duration, [&done] { done = true; });
  static_cast<void>(app.loop.run_until([&done] { return done; }));
}

std::expected<std::unique_ptr<Platform>, int> connect_or_code(App& app, const Arguments& arguments,
                                                              Subject& subject) {
  if (subject.platform == PlatformName::local)
    return open_local_or_code(app, arguments, subject.target);
  return connect_cluster_or_code(app, arguments, subject.target);
}

}  // namespace kai::app
