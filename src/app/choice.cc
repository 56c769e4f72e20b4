#include "app/choice.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/commands/common.h"
#include "app/config_sources.h"
#include "app/screen/findings.h"
#include "app/service_file.h"
#include "app/wiring_kubernetes.h"
#include "app/wiring_local.h"
#include "core/plan/local_options.h"
#include "core/plan/names.h"
#include "core/plan/service_file.h"

namespace kai::app {
namespace {

int usage(App& app, const std::vector<core::Mistake>& mistakes) {
  narrate(app, mistakes_lines(mistakes));
  return exit_usage;
}

bool has_flag(const Arguments& arguments, std::string_view name) {
  return std::ranges::any_of(arguments.flags, [&](const auto& flag) { return flag.first == name; });
}

bool names_a_cluster(const App& app, const Arguments& arguments) {
  for (const std::string_view name : {"context", "kubeconfig", "namespace", "release-namespace"}) {
    if (has_flag(arguments, name)) return true;
  }
  return is_cluster_configured(app, option_or(app, arguments, "kubeconfig", ""));
}

// Flags of a verb that only looks or commands; `--release` names one here, too.
std::vector<core::Mistake> meaningless(const Arguments& arguments) {
  std::vector<core::Mistake> mistakes;
  for (const auto& [name, _] : arguments.flags) {
    const bool is_foreign = core::is_meaningless_locally(name) || name == "all-namespaces";
    if (is_foreign && name != "release")
      mistakes.push_back({"--" + name, std::string(core::meaningless_locally)});
  }
  return mistakes;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The splitter is installed beside this program; in development it is built beside it.
std::string splitter_program(App& app) {
  const auto named = app.environment.find("KAI_SPLITTER");
  if (named != app.environment.end() && !named->second.empty()) return named->second;
  const std::size_t slash = app.program_file.find_last_of('/');
  return slash == std::string::npos ? "kai-splitter"
                                    : app.program_file.substr(0, slash) + "/kai-splitter";
}

}  // namespace

std::expected<PlatformName, int> choose_platform(App& app, const Arguments& arguments,
                                                 const std::string& release) {
  const core::Option& option = *core::find_option("platform");
  const std::string word = option_or(app, arguments, "platform", "");
  if (!word.empty() && !core::has_word(option, word))
    return std::unexpected(
        usage(app, {{"--platform", fmt::format("'{}' is none of {}", word, option.words)}}));
  const std::string file = service_file_path(app, arguments);
  if (!file.empty() && word == "kubernetes")
    return std::unexpected(
        usage(app, {{"--platform", fmt::format("{} describes a release of this machine", file)}}));
  if (!file.empty() || word == "local") return PlatformName::local;
  if (word == "kubernetes" || names_a_cluster(app, arguments)) return PlatformName::kubernetes;
  const std::vector<std::string> here = releases_here(app, arguments);
  const bool is_here =
      release.empty() ? !here.empty() : std::ranges::find(here, release) != here.end();
  if (!is_here) return PlatformName::kubernetes;
  narrate(app, {{{fmt::format("no kubeconfig: taking {} on this machine (--platform=local)",
                              release.empty() ? "the releases" : "release " + release)}}});
  return PlatformName::local;
}

std::vector<std::string> releases_here(App& app, const Arguments& arguments) {
  const std::string root = state_root(app, arguments);
  const auto entries =
      root.empty() ? Result<std::vector<os::DirectoryEntry>>() : app.disk.list(root);
  std::vector<std::string> names;
  if (!entries) return names;
  for (const os::DirectoryEntry& entry : *entries) {
    if (entry.is_directory && core::is_dns_label(entry.name, core::release_name_max))
      names.push_back(entry.name);
  }
  return names;
}

std::optional<core::Target> read_local_target(App& app, const Arguments& arguments,
                                              const std::string& release) {
  std::vector<core::Mistake> mistakes = meaningless(arguments);
  core::Target target{.release = release, .name_space = std::string(core::local_name_space)};
  if (const std::string file = service_file_path(app, arguments); !file.empty()) {
    const auto read = read_service_file(app, file);
    if (!read) {
      usage(app, read.error());
      return std::nullopt;
    }
    const core::Sources nothing;
    core::Reader reader(nothing);
    target.release = core::read_release_name(reader, *read);
    std::ranges::move(reader.take_mistakes(), std::back_inserter(mistakes));
  }
  if (target.release.empty()) target.release = option_or(app, arguments, "release", "");
  const bool is_about_one =
      arguments.verb != nullptr && arguments.verb->words.starts_with("[RELEASE");
  if (target.release.empty() && is_about_one && mistakes.empty()) {
    const std::vector<std::string> here = releases_here(app, arguments);
    if (here.size() == 1) target.release = here.front();
    if (here.size() > 1) mistakes.push_back({"RELEASE", "say which: " + joined(here)});
    if (here.empty())
      mistakes.push_back(
          {"RELEASE", "no release was ever deployed below " + state_root(app, arguments)});
  }
  // It becomes the name of a folder.
  if (!target.release.empty() && !core::is_dns_label(target.release, core::release_name_max))
    mistakes.push_back({"RELEASE", fmt::format("'{}' is no release name", target.release)});
  if (mistakes.empty()) return target;
  usage(app, mistakes);
  return std::nullopt;
}

std::expected<std::unique_ptr<Platform>, int> open_local_or_code(App& app,
                                                                 const Arguments& arguments,
                                                                 const core::Target& target,
                                                                 const core::Plan* plan) {
  const std::string root = state_root(app, arguments);
  if (root.empty())
    return std::unexpected(usage(
        app, {{"--state-dir", "neither $XDG_STATE_HOME nor $HOME says where; name a folder"}}));
  auto here = open_local(app, target, {.root = root, .splitter = splitter_program(app)}, plan);
  if (!here)
    return std::unexpected(
        report(app, "cannot use the state of this machine", here.error(), exit_unreachable));
  return std::move(*here);
}

std::expected<std::unique_ptr<Platform>, int> connect_cluster_or_code(App& app,
                                                                      const Arguments& arguments,
                                                                      core::Target& target) {
  auto plugins = allowed_exec_plugins(app, arguments);
  if (!plugins) return std::unexpected(usage(app, plugins.error()));
  auto cluster =
      connect_kubernetes(app, target,
                         {.writes_unverified = is_on(app, arguments, "insecure-skip-tls-verify"),
                          .exec_plugins = std::move(*plugins),
                          .user_file = user_file(app)});
  if (!cluster)
    return std::unexpected(
        report(app, "cannot reach the cluster", cluster.error(), exit_unreachable));
  return std::move(*cluster);
}

}  // namespace kai::app
