#include "kubeapi/exec_rules.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "codec/quote.h"
#include "codec/yaml.h"

namespace kai::kubeapi {
namespace {

// With one of these a program that was allowed runs code that was not: PATH finds its own children
// elsewhere, others load code into it, or name the file that says what it runs.
constexpr auto code_variables = std::to_array<std::string_view>({"PATH",
                                                                 "HOME",
                                                                 "XDG_CONFIG_HOME",
                                                                 "BROWSER",
                                                                 "BASH_ENV",
                                                                 "ENV",
                                                                 "PYTHONPATH",
                                                                 "PYTHONHOME",
                                                                 "PYTHONSTARTUP",
                                                                 "NODE_OPTIONS",
                                                                 "NODE_PATH",
                                                                 "PERL5OPT",
                                                                 "PERL5LIB",
                                                                 "RUBYOPT",
                                                                 "RUBYLIB",
                                                                 "JAVA_TOOL_OPTIONS",
                                                                 "JDK_JAVA_OPTIONS",
                                                                 "_JAVA_OPTIONS",
                                                                 "GCONV_PATH",
                                                                 "OPENSSL_CONF",
                                                                 "AWS_CONFIG_FILE",
                                                                 "AWS_SHARED_CREDENTIALS_FILE",
                                                                 "CLOUDSDK_CONFIG",
                                                                 "CLOUDSDK_PYTHON"});
constexpr auto code_prefixes =
    std::to_array<std::string_view>({"LD_", "DYLD_", "BASH_FUNC_", "GIT_"});

bool loads_code(const std::string& variable) {
  return std::ranges::find(code_variables, variable) != code_variables.end() ||
         std::ranges::any_of(code_prefixes,
                             [&](std::string_view prefix) { return variable.starts_with(prefix); });
}

bool has_file(os::Disk& disk, const std::string& directory, const std::string& name) {
  const auto entries = disk.list(directory);
  return entries && std::ranges::any_of(*entries, [&](const os::DirectoryEntry& entry) {
           return entry.name == name && !entry.is_directory;
         });
}

// Empty: no directory of PATH has it. A relative directory would find what lies in a repository.
std::string find_in_path(std::string_view path, const std::string& name, os::Disk& disk) {
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string directory(path.substr(0, colon));
    path = colon == std::string_view::npos ? std::string_view() : path.substr(colon + 1);
    if (directory.starts_with('/') && has_file(disk, directory, name)) {
      return directory + (directory.ends_with('/') ? "" : "/") + name;
    }
  }
  return {};
}

// Of a plugin or of an entry of a list; empty: none is known.
std::string whole_path(const std::string& program, const ExecRules& rules, os::Disk& disk) {
  if (program.empty() || program.find('/') != std::string::npos) return program;
  return find_in_path(rules.path, program, disk);
}

bool is_on(const std::vector<std::string>& list, const std::string& program, const ExecRules& rules,
           os::Disk& disk) {
  const std::size_t count = std::min(list.size(), exec_allowed_max);
  return std::any_of(
      list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count),
      [&](const std::string& entry) { return whole_path(entry, rules, disk) == program; });
}

std::unexpected<Error> refuse(const std::string& why) { return fail(ErrorKind::rejected, why); }

Result<Unit> check_variables(const ExecPlugin& plugin, const std::string& who) {
  for (const auto& [name, value] : plugin.environment) {
    if (!loads_code(name)) continue;
    return refuse(who + " and sets " + codec::printable(name) +
                  " for it, with which it would run other code; take that out of the kubeconfig");
  }
  return Unit{};
}

struct KubercFile {
  std::string path;  // empty: none
  bool may_allow = false;
};

KubercFile kuberc_file(const std::map<std::string, std::string>& environment) {
  const auto home = environment.find("HOME");
  const std::string own = home == environment.end() || home->second.empty()
                              ? std::string()
                              : home->second + "/.kube/kuberc";
  const auto named = environment.find("KUBERC");
  if (named == environment.end() || named->second.empty()) return {.path = own, .may_allow = true};
  if (named->second == "off") return {};
  return {.path = named->second, .may_allow = named->second == own};
}

Result<std::optional<KubercPolicy>> kuberc_policy(const Tree& tree, const KubercFile& from) {
  const std::string& file = from.path;
  const Tree* const said = tree.get("credentialPluginPolicy");
  if (said != nullptr && said->as_text() == nullptr)
    return refuse("kuberc " + file + ": credentialPluginPolicy is no text");
  const std::string word = said == nullptr ? "" : *said->as_text();
  const Tree::List* const list = tree.list_at("/credentialPluginAllowlist");
  KubercPolicy policy{.file = file, .may_allow = from.may_allow};
  if (list != nullptr && word != "Allowlist") {
    return refuse("kuberc " + file +
                  " has a credentialPluginAllowlist without credentialPluginPolicy: Allowlist");
  }
  if (word.empty()) return std::optional<KubercPolicy>();
  if (word == "AllowAll") return std::optional(policy);
  policy.kind = KubercPolicy::Kind::deny_all;
  if (word == "DenyAll") return std::optional(policy);
  if (word != "Allowlist") {
    return refuse("kuberc " + file + ": credentialPluginPolicy " + codec::quote(word) +
                  " is none of AllowAll, DenyAll, Allowlist");
  }
  policy.kind = KubercPolicy::Kind::allowlist;
  if (list == nullptr) return std::optional(policy);
  for (const Tree& entry : *list) {
    // `name` until Kubernetes 1.35, `command` since.
    const std::string program = entry.text_or("/command", entry.text_or("/name", ""));
    if (!program.empty()) policy.allowed.push_back(program);
  }
  return std::optional(policy);
}

}  // namespace

Result<std::optional<KubercPolicy>> read_kuberc(
    os::Disk& disk, const std::map<std::string, std::string>& environment) {
  const KubercFile from = kuberc_file(environment);
  const std::string& file = from.path;
  if (file.empty()) return std::optional<KubercPolicy>();
  const auto bytes = disk.read(file, kuberc_bytes_max);
  if (!bytes && bytes.error().kind == ErrorKind::no_data) return std::optional<KubercPolicy>();
  if (!bytes) return refuse("kuberc " + file + ": " + bytes.error().message);
  const auto tree = codec::parse_yaml(*bytes);
  if (!tree) return refuse("kuberc " + file + ": " + tree.error().message);
  if (tree->is_null()) return std::optional<KubercPolicy>();
  if (tree->as_map() == nullptr) return refuse("kuberc " + file + " is no map");
  return kuberc_policy(*tree, from);
}

Result<std::string> permitted_program(const ExecPlugin& plugin, const ExecRules& rules,
                                      os::Disk& disk) {
  const std::string& named = plugin.argv.front();
  const std::string who = "the kubeconfig wants to run " + codec::quote(named) + " for credentials";
  const auto variables = check_variables(plugin, who);
  if (!variables) return std::unexpected(variables.error());
  std::string program = whole_path(named, rules, disk);
  if (program.empty()) {
    const std::string hint =
        plugin.install_hint.empty() ? "" : "; " + codec::printable(plugin.install_hint);
    return refuse(who + ", and no directory of PATH has it" + hint);
  }
  if (!program.starts_with('/')) {
    return refuse(who +
                  ", whose place depends on where we stand; name the kubeconfig by its "
                  "absolute path");
  }
  if (rules.kuberc) {
    switch (rules.kuberc->kind) {
      case KubercPolicy::Kind::allow_all:
        if (rules.kuberc->may_allow) return program;
        break;
      case KubercPolicy::Kind::deny_all:
        return refuse(who + ", and " + rules.kuberc->file +
                      " says credentialPluginPolicy: DenyAll");
      case KubercPolicy::Kind::allowlist:
        if (!is_on(rules.kuberc->allowed, program, rules, disk)) {
          return refuse(who + ", and the credentialPluginAllowlist of " + rules.kuberc->file +
                        " has no " + codec::quote(program));
        }
        if (rules.kuberc->may_allow) return program;
        break;
    }
  }
  if (is_on(rules.allowed, program, rules, disk)) return program;
  const std::string remedy = rules.remedy ? "; " + rules.remedy(program) : "";
  return refuse(who + " (" + codec::quote(program) + "), and nobody allowed it" + remedy);
}

}  // namespace kai::kubeapi
