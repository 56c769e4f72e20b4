#include "app/config_sources.h"

#include <algorithm>

#include <fmt/format.h>

#include "codec/yaml.h"
#include "core/plan/options.h"
#include "core/plan/reader.h"

namespace kai::app {
namespace {

constexpr std::size_t config_bytes_max = std::size_t{4} << 20U;

// A configuration file that was read, or was not there.
struct ConfigFile {
  std::string path;
  Tree tree;
};

class FileReader {
 public:
  explicit FileReader(App& app) : app_(app) {}

  std::optional<ConfigFile> read(const std::string& path, bool required) {
    const auto bytes = app_.disk.read(path, config_bytes_max);
    if (!bytes) {
      const bool absent = bytes.error().kind == ErrorKind::no_data;
      if (required || !absent)
        mistakes.push_back({path, absent ? "there is no such file" : bytes.error().message});
      return std::nullopt;
    }
    auto tree = codec::parse_yaml(*bytes);
    if (!tree) {
      mistakes.push_back({path, tree.error().message});
      return std::nullopt;
    }
    return ConfigFile{.path = path, .tree = std::move(*tree)};
  }

  std::vector<core::Mistake> mistakes;

 private:
  App& app_;
};

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool is_archive(const std::string& chart) {
  return chart.ends_with(".tgz") || chart.starts_with("oci://");
}

core::ConfigSource own_file(ConfigFile file) {
  return {.file = file.path, .block = std::move(file.tree), .prefix = "", .foreign = false};
}

std::optional<core::ConfigSource> users_own(const App& app, FileReader& reader) {
  const std::string path = user_file(app);
  auto file = path.empty() ? std::nullopt : reader.read(path, false);
  if (!file) return std::nullopt;
  core::ConfigSource source = own_file(std::move(*file));
  source.users_own = true;
  return source;
}

std::optional<core::ConfigSource> canary_block(const ConfigFile& file) {
  const Tree* const block = file.tree.get("canary");
  if (block == nullptr || block->as_map() == nullptr) return std::nullopt;
  return core::ConfigSource{
      .file = file.path, .block = *block, .prefix = "canary.", .foreign = true};
}

// Values files, strongest first: the last -f, ..., the environment's, the chart's own.
std::vector<ConfigFile> values_files(FileReader& reader, const core::Sources& sources,
                                     bool needs_chart) {
  core::Reader settings(sources);
  std::vector<ConfigFile> files;
  const std::vector<std::string> extra = settings.list("values");
  for (auto path = extra.rbegin(); path != extra.rend(); ++path) {
    if (auto file = reader.read(*path, needs_chart)) files.push_back(std::move(*file));
  }
  const std::string chart = settings.text("chart").value_or("");
  if (chart.empty() || is_archive(chart)) return files;
  const std::string environment = settings.text("env").value_or("");
  if (!environment.empty()) {
    if (auto file = reader.read(fmt::format("{}/values-{}.yaml", chart, environment), needs_chart))
      files.push_back(std::move(*file));
  }
  if (auto file = reader.read(chart + "/values.yaml", false)) files.push_back(std::move(*file));
  return files;
}

std::optional<std::string> namespace_in(const std::vector<ConfigFile>& files) {
  for (const ConfigFile& file : files) {
    const std::string* const name = file.tree.text_at("/global/namespace");
    if (name != nullptr && !name->empty()) return *name;
  }
  return std::nullopt;
}

}  // namespace

std::string user_file(const App& app) {
  const auto config = app.environment.find("XDG_CONFIG_HOME");
  if (config != app.environment.end() && !config->second.empty())
    return config->second + "/kai-canary/config.yaml";
  const auto home = app.environment.find("HOME");
  if (home == app.environment.end() || home->second.empty()) return {};
  return home->second + "/.config/kai-canary/config.yaml";
}

std::expected<std::vector<std::string>, std::vector<core::Mistake>> allowed_exec_plugins(
    App& app, const Arguments& arguments) {
  core::Sources sources{.flags = arguments.flags, .environment = {}, .configs = {}, .defaults = {}};
  FileReader files(app);
  if (auto file = users_own(app, files)) sources.configs.push_back(std::move(*file));
  if (!files.mistakes.empty()) return std::unexpected(std::move(files.mistakes));
  return core::Reader(sources).list("allow-exec-plugin");
}

std::expected<std::optional<core::ConfigSource>, std::vector<core::Mistake>> users_own_source(
    App& app) {
  FileReader files(app);
  auto file = users_own(app, files);
  if (!files.mistakes.empty()) return std::unexpected(std::move(files.mistakes));
  return file;
}

std::map<std::string, std::string> helm_deploy_defaults(const App& app) {
  const auto chart = app.environment.find("KAI_CANARY_CHART");
  const bool named = chart != app.environment.end() && !chart->second.empty();
  return {{"release", "kai"},
          {"env", "staging"},
          {"chart", named ? chart->second : "./helm-charts/kai"}};
}

std::expected<ReadSources, std::vector<core::Mistake>> read_sources(
    App& app, const Arguments& arguments, std::map<std::string, std::string> defaults,
    bool needs_chart) {
  ReadSources read;
  read.sources = {.flags = arguments.flags,
                  .environment = app.environment,
                  .configs = {},
                  .defaults = std::move(defaults)};
  FileReader reader(app);
  core::Reader settings(read.sources);
  const std::string chart = settings.text("chart").value_or("");
  const std::vector<ConfigFile> values = values_files(reader, read.sources, needs_chart);

  if (!chart.empty() && !is_archive(chart)) {
    if (auto file = reader.read(directory_of(chart) + "/.kai-canary.yaml", false))
      read.sources.configs.push_back(own_file(std::move(*file)));
    if (auto file = reader.read(directory_of(chart) + "/kai-canary.yaml", false))
      read.sources.configs.push_back(own_file(std::move(*file)));
  }
  for (const ConfigFile& file : values) {
    if (auto block = canary_block(file)) read.sources.configs.push_back(std::move(*block));
  }
  if (auto file = users_own(app, reader)) read.sources.configs.push_back(std::move(*file));
  read.values_namespace = namespace_in(values);
  if (read.values_namespace) read.sources.defaults.try_emplace("namespace", *read.values_namespace);
  if (!reader.mistakes.empty()) return std::unexpected(std::move(reader.mistakes));
  return read;
}

}  // namespace kai::app
