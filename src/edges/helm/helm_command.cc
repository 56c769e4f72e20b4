#include "edges/helm/helm_command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

#include "codec/quote.h"

namespace kai::edges {
namespace {

constexpr HelmVersion oldest{.major = 3, .minor = 13};
constexpr int newest_major = 4;

// Reads a decimal number and drops it from `text`.
std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  return value;
}

// Exact names first, then prefixes. Credentials in them are the user's own: exec plugins of a
// kubeconfig and registries cannot work without them, and we add none.
constexpr std::array kept_names = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TMPDIR",
    "TZ",
    "KUBECONFIG",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "DOCKER_CONFIG",
    "REGISTRY_AUTH_FILE",
    "GNUPGHOME",
    "SSH_AUTH_SOCK",
    "USE_GKE_GCLOUD_AUTH_PLUGIN",
};
constexpr std::array kept_prefixes = {
    "LC_", "XDG_", "HELM_", "KUBERNETES_SERVICE_", "AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_", "TSH_",
};
// They come from Helm when we run as its plugin, and would overrule what we pass.
constexpr std::array dropped_prefixes = {
    "HELM_KUBE", "HELM_NAMESPACE", "HELM_DEBUG", "HELM_BIN", "HELM_NAME", "HELM_PLUGIN_",
};

bool starts_with_any(std::string_view name, const auto& prefixes) {
  return std::ranges::any_of(prefixes,
                             [&](const char* prefix) { return name.starts_with(prefix); });
}

bool is_kept(std::string_view name) {
  if (starts_with_any(name, dropped_prefixes)) return false;
  return std::ranges::find(kept_names, name) != kept_names.end() ||
         starts_with_any(name, kept_prefixes);
}

std::string seconds_text(Duration timeout) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
  return std::to_string(std::max<std::int64_t>(seconds, 1)) + "s";
}

void add_target(Argv& argv, const HelmTarget& target) {
  argv.push_back("--namespace=" + target.name_space);
  if (!target.context.empty()) argv.push_back("--kube-context=" + target.context);
}

// One token per flag: a value that begins with "-" cannot become a flag of its own.
std::string value_flag(const core::ValueInput& value) {
  switch (value.kind) {
    case core::ValueInput::Kind::file:
      return "--values=" + value.text;
    case core::ValueInput::Kind::set:
      return "--set=" + value.text;
    case core::ValueInput::Kind::set_string:
      return "--set-string=" + value.text;
    case core::ValueInput::Kind::set_json:
      return "--set-json=" + value.text;
  }
  return {};
}

Argv begin_upgrade(const UpgradeCall& call) {
  Argv argv = {call.binary, "upgrade"};
  if (call.install) argv.emplace_back("--install");
  // Without it Helm silently re-uses the values of the last release when no effective value is
  // given.
  argv.emplace_back("--reset-values");
  for (const core::ValueInput& value : call.values) argv.push_back(value_flag(value));
  add_target(argv, call.target);
  return argv;
}

Argv finish_upgrade(Argv argv, const UpgradeCall& call) {
  argv.emplace_back("--");
  argv.push_back(call.target.release);
  argv.push_back(call.chart);
  return argv;
}

std::string wait_flag(HelmVersion helm) { return helm.major >= 4 ? "--wait=watcher" : "--wait"; }

}  // namespace

Result<HelmVersion> parse_helm_version(std::string_view printed) {
  std::string_view text = printed;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::string shown = codec::quote(text);
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::optional<int> major = take_number(text);
  const bool dotted = text.starts_with('.');
  if (dotted) text.remove_prefix(1);
  const std::optional<int> minor = take_number(text);
  if (!major || !dotted || !minor)
    return fail(ErrorKind::malformed, "not a version of Helm: " + shown);
  if (*major > newest_major) {
    return fail(ErrorKind::rejected,
                "Helm " + shown + " is newer than any that is known here; use Helm 3 or 4");
  }
  const bool too_old = *major < oldest.major || (*major == oldest.major && *minor < oldest.minor);
  if (too_old) return fail(ErrorKind::rejected, "Helm " + shown + " is too old; use 3.13 or newer");
  return HelmVersion{.major = *major, .minor = *minor};
}

std::map<std::string, std::string> helm_environment(const std::map<std::string, std::string>& ours,
                                                    const std::string& kubeconfig) {
  std::map<std::string, std::string> kept;
  for (const auto& [name, value] : ours) {
    if (is_kept(name)) kept.emplace(name, value);
  }
  if (!kubeconfig.empty()) kept["KUBECONFIG"] = kubeconfig;
  return kept;
}

Argv version_argv(const std::string& binary) {
  return {binary, "version", "--template", "{{.Version}}"};
}

Argv package_argv(const std::string& binary, const std::string& chart,
                  const std::string& destination) {
  return {binary, "package", "--destination=" + destination, "--", chart};
}

Argv pull_argv(const std::string& binary, const std::string& reference, const std::string& version,
               const std::string& destination) {
  Argv argv = {binary, "pull", "--destination=" + destination};
  if (!version.empty()) argv.push_back("--version=" + version);
  argv.emplace_back("--");
  argv.push_back(reference);
  return argv;
}

Argv show_values_argv(const std::string& binary, const std::string& chart,
                      const std::string& version) {
  Argv argv = {binary, "show", "values"};
  if (!version.empty()) argv.push_back("--version=" + version);
  argv.emplace_back("--");
  argv.push_back(chart);
  return argv;
}

Argv dry_run_argv(const UpgradeCall& call) {
  Argv argv = begin_upgrade(call);
  argv.emplace_back("--dry-run=server");
  argv.emplace_back("--output=json");
  return finish_upgrade(std::move(argv), call);
}

Argv upgrade_argv(const UpgradeCall& call, const UpgradeRun& run) {
  Argv argv = begin_upgrade(call);
  if (run.roll_back) {
    argv.emplace_back(call.helm.major >= 4 ? "--rollback-on-failure" : "--atomic");
  }
  argv.push_back(wait_flag(call.helm));
  argv.push_back("--timeout=" + seconds_text(run.timeout));
  argv.push_back("--description=" + run.description);
  return finish_upgrade(std::move(argv), call);
}

Argv rollback_argv(const RollbackCall& call) {
  Argv argv = {call.binary, "rollback", wait_flag(call.helm),
               "--timeout=" + seconds_text(call.timeout)};
  add_target(argv, call.target);
  argv.emplace_back("--");
  argv.push_back(call.target.release);
  argv.push_back(std::to_string(call.revision));
  return argv;
}

std::string set_string_text(std::string_view key, std::string_view value) {
  std::string text(key);
  text += '=';
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool special = value[i] == ',' || value[i] == '\\' || (value[i] == '{' && i == 0);
    if (special) text += '\\';
    text += value[i];
  }
  return text;
}

}  // namespace kai::edges
