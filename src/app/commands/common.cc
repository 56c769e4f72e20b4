#include "app/commands/common.h"

#include <utility>

#include <fmt/format.h>

#include "app/config_sources.h"
#include "app/screen/findings.h"
#include "codec/json.h"
#include "codec/quote.h"
#include "codec/yaml.h"
#include "core/plan/reader.h"

namespace kai::app {

std::string flag_or(const Arguments& arguments, std::string_view name, std::string_view otherwise) {
  std::string value(otherwise);
  for (const auto& [flag, given] : arguments.flags) {
    if (flag == name) value = given;
  }
  return value;
}

bool has_flag(const Arguments& arguments, std::string_view name) {
  return flag_or(arguments, name, "false") != "false";
}

bool wants_json(const Arguments& arguments) {
  const std::string form = flag_or(arguments, "output", "table");
  return form == "json" || form == "yaml";
}

void print_tree(App& app, const Arguments& arguments, const Tree& tree) {
  app.out(flag_or(arguments, "output", "json") == "yaml" ? codec::write_yaml(tree)
                                                         : codec::write_json_pretty(tree) + "\n");
}

std::optional<core::Target> read_target(App& app, const Arguments& arguments,
                                        const std::string& release) {
  const core::Sources sources{.flags = arguments.flags,
                              .environment = app.environment,
                              .configs = {},
                              .defaults = {{"release", release.empty() ? "kai" : release}}};
  std::vector<std::string> warnings;
  const auto mistakes = core::unknown_words(sources, warnings);
  if (!mistakes.empty()) {
    app.err(mistakes_text(mistakes));
    return std::nullopt;
  }
  core::Reader reader(sources);
  core::Target target{.release = release.empty() ? reader.text("release").value_or("kai") : release,
                      .name_space = reader.text("namespace").value_or(""),
                      .context = reader.text("context").value_or(""),
                      .kubeconfig = reader.text("kubeconfig").value_or("")};
  if (const auto home = reader.text("release-namespace")) target.name_space = *home;
  return target;
}

std::expected<EventSink, int> open_events(App& app, const Arguments& arguments) {
  const std::string path = flag_or(arguments, "events", "");
  if (path.empty()) return EventSink();
  if (path == "-") return EventSink(app.out);
  const auto opened = app.disk.append(path, "");
  if (!opened) {
    app.err("--events: " + codec::printable(opened.error().message) + "\n");
    return std::unexpected(exit_usage);
  }
  return EventSink([&app, path, failed = false](std::string_view line) mutable {
    const auto written = app.disk.append(path, line);
    if (!written && !std::exchange(failed, true)) {
      app.err("warning: events are lost: " + codec::printable(written.error().message) + "\n");
    }
  });
}

std::expected<std::unique_ptr<Kubernetes>, int> connect_or_code(App& app,
                                                                const Arguments& arguments,
                                                                core::Target& target) {
  auto plugins = allowed_exec_plugins(app, arguments);
  if (!plugins) {
    app.err(mistakes_text(plugins.error()));
    return std::unexpected(exit_usage);
  }
  auto cluster =
      Kubernetes::connect(app, target,
                          {.writes_unverified = has_flag(arguments, "insecure-skip-tls-verify"),
                           .exec_plugins = std::move(*plugins),
                           .user_file = user_file(app)});
  if (!cluster)
    return std::unexpected(
        report(app, "cannot reach the cluster", cluster.error(), exit_unreachable));
  return std::move(*cluster);
}

}  // namespace kai::app
