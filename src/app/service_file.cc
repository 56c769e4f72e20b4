#include "app/service_file.h"

#include <fmt/format.h>

#include "app/commands/common.h"
#include "codec/yaml.h"
#include "core/plan/local_options.h"
#include "core/plan/service_file.h"

namespace kai::app {
namespace {

std::string directory_of(const App& app, const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (path.starts_with('/')) return slash == 0 ? "/" : path.substr(0, slash);
  std::string here = path;
  while (here.starts_with("./")) here.erase(0, 2);
  const std::size_t last = here.find_last_of('/');
  const std::string base = app.directory == "/" ? "" : app.directory;
  return last == std::string::npos ? app.directory : base + "/" + here.substr(0, last);
}

std::string value_of(const App& app, const std::string& name) {
  const auto found = app.environment.find(name);
  return found == app.environment.end() ? "" : found->second;
}

// Flags, environment, the file's `canary:` block, the user's own file.
std::expected<ReadSources, std::vector<core::Mistake>> read_local_sources(
    App& app, const Arguments& arguments, core::ServiceFile file) {
  ReadSources read;
  read.sources = {.flags = arguments.flags,
                  .environment = app.environment,
                  .configs = {core::canary_block_of(file)},
                  .defaults = {}};
  // A release of this machine has no other way to be deployed yet; `--no-canary` still counts.
  read.sources.flags.emplace(read.sources.flags.begin(), "canary", "true");
  auto own = users_own_source(app);
  if (!own) return std::unexpected(own.error());
  if (*own) read.sources.configs.push_back(std::move(**own));
  read.sources.service_file = std::move(file);
  return read;
}

}  // namespace

bool is_service_file(std::string_view word) {
  return word.ends_with(".yaml") || word.ends_with(".yml");
}

std::string service_file_path(const App& app, const Arguments& arguments) {
  if (!arguments.words.empty() && is_service_file(arguments.words[0])) return arguments.words[0];
  return option_or(app, arguments, "file", "");
}

std::expected<core::ServiceFile, std::vector<core::Mistake>> read_service_file(
    App& app, const std::string& path) {
  const auto bytes = app.disk.read(path, service_file_bytes_max);
  if (!bytes) {
    const bool absent = bytes.error().kind == ErrorKind::no_data;
    return std::unexpected(std::vector<core::Mistake>{
        {path, absent ? "there is no such file" : bytes.error().message}});
  }
  std::vector<std::string> notes;
  auto tree = codec::parse_yaml(*bytes, {.notes = &notes});
  std::vector<core::Mistake> mistakes;
  if (!tree) mistakes.push_back({path, tree.error().message});
  // In a chart the last one wins, as Helm has it; here nobody needs two.
  for (const std::string& note : notes) mistakes.push_back({path, note});
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return core::ServiceFile{
      .path = path, .directory = directory_of(app, path), .tree = std::move(*tree)};
}

std::expected<ReadSources, std::vector<core::Mistake>> read_settings(
    App& app, const Arguments& arguments, std::map<std::string, std::string> defaults,
    NeedsChart needs_chart) {
  const std::string path = service_file_path(app, arguments);
  if (path.empty())
    return read_sources(app, arguments, std::move(defaults), needs_chart == NeedsChart::yes);
  auto file = read_service_file(app, path);
  if (!file) return std::unexpected(file.error());
  return read_local_sources(app, arguments, std::move(*file));
}

std::string state_root(const App& app, const Arguments& arguments) {
  std::string given = option_or(app, arguments, "state-dir", "");
  while (given.size() > 1 && given.ends_with('/')) given.pop_back();
  if (given.starts_with('/')) return given;
  if (!given.empty()) return (app.directory == "/" ? "" : app.directory) + "/" + given;
  if (app.is_root) return "/var/lib/kai-canary";
  if (const std::string state = value_of(app, "XDG_STATE_HOME"); state.starts_with('/'))
    return state + "/kai-canary";
  const std::string home = value_of(app, "HOME");
  return home.starts_with('/') ? home + "/.local/state/kai-canary" : "";
}

}  // namespace kai::app
