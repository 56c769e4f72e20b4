#include "kubeapi/kubeconfig.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/tree.h"
#include "codec/base64.h"
#include "codec/quote.h"
#include "codec/uri.h"
#include "codec/yaml.h"

namespace kai::kubeapi {
namespace {

constexpr std::size_t named_contexts_max = 50;
const std::string service_account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string variable(const std::map<std::string, std::string>& environment,
                     const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::vector<std::string> paths_of(const std::map<std::string, std::string>& environment,
                                  const std::string& chosen) {
  if (!chosen.empty()) return {chosen};
  std::vector<std::string> paths;
  std::string list = variable(environment, "KUBECONFIG");
  while (!list.empty()) {
    const std::size_t colon = list.find(':');
    if (colon != 0) paths.push_back(list.substr(0, colon));
    list = colon == std::string::npos ? "" : list.substr(colon + 1);
  }
  if (paths.empty() && !variable(environment, "HOME").empty())
    paths.push_back(variable(environment, "HOME") + "/.kube/config");
  return paths;
}

// A named entry and the folder that its relative paths start from.
struct Entry {
  std::string name;
  Tree tree;
  std::string folder;
};

struct Merged {
  std::string current_context;
  std::vector<Entry> clusters, users, contexts;
};

// The first file that names an entry wins. `rejected`: a name twice in one file, as with kubectl.
Result<Unit> merge(std::vector<Entry>& into, const Tree& file, const std::string& list,
                   const std::string& field, const std::string& folder) {
  const Tree::List* const items = file.list_at("/" + list);
  if (items == nullptr) return Unit{};
  const std::size_t before = into.size();
  std::vector<std::string> names;
  for (const Tree& item : *items) {
    const std::string name = item.text_or("/name", "");
    if (std::ranges::find(names, name) != names.end()) {
      return fail(ErrorKind::rejected, list + " has " + codec::quote(name) + " twice");
    }
    names.push_back(name);
    const bool known = std::any_of(into.begin(), into.begin() + static_cast<std::ptrdiff_t>(before),
                                   [&](const Entry& entry) { return entry.name == name; });
    const Tree* const body = item.get(field);
    if (!known && body != nullptr) into.push_back({name, *body, folder});
  }
  return Unit{};
}

Result<Unit> merge_file(Merged& merged, const std::string& bytes, const std::string& folder) {
  const auto tree = codec::parse_yaml(bytes);
  if (!tree) return fail(ErrorKind::rejected, tree.error().message);
  if (tree->is_null()) return Unit{};
  if (tree->as_map() == nullptr) return fail(ErrorKind::rejected, "is no map");
  if (merged.current_context.empty()) {
    merged.current_context = tree->text_or("/current-context", "");
  }
  auto done = merge(merged.clusters, *tree, "clusters", "cluster", folder);
  if (done) done = merge(merged.users, *tree, "users", "user", folder);
  if (done) done = merge(merged.contexts, *tree, "contexts", "context", folder);
  return done;
}

Result<Merged> read_files(os::Disk& disk, const std::vector<std::string>& paths, bool required) {
  Merged merged;
  for (const std::string& path : paths) {
    const auto bytes = disk.read(path, kubeconfig_bytes_max);
    // Missing files are skipped.
    if (!bytes && bytes.error().kind == ErrorKind::no_data && !required) continue;
    if (!bytes) {
      return fail(ErrorKind::rejected, "kubeconfig " + path + ": " + bytes.error().message);
    }
    const auto done = merge_file(merged, *bytes, folder_of(path));
    if (!done) return fail(ErrorKind::rejected, "kubeconfig " + path + ": " + done.error().message);
  }
  return merged;
}

const Entry* find(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<Entry>& entries) {
  std::string names;
  for (std::size_t i = 0; i < entries.size() && i < named_contexts_max; ++i) {
    names += (names.empty() ? "" : ", ") + codec::printable(entries[i].name);
  }
  if (entries.size() > named_contexts_max) names += ", ...";
  return names.empty() ? "none" : names;
}

std::string absolute(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + "/" + path;
}

// "<field>-data" as base64 beats "<field>" as a path.
Result<std::string> data_or_file(os::Disk& disk, const Entry& entry, const std::string& field) {
  if (const std::string* const data = entry.tree.text_at("/" + field + "-data")) {
    auto bytes = codec::base64_decode_lines(*data);
    if (!bytes) {
      return fail(ErrorKind::rejected, "kubeconfig: " + field + "-data of " +
                                           codec::quote(entry.name) + " is no base64");
    }
    return bytes;
  }
  const std::string* const path = entry.tree.text_at("/" + field);
  if (path == nullptr) return std::string();
  auto bytes = disk.read(absolute(entry.folder, *path), kubeconfig_bytes_max);
  if (!bytes) {
    return fail(ErrorKind::rejected, "kubeconfig: " + field + " of " + codec::quote(entry.name) +
                                         ": " + bytes.error().message);
  }
  return bytes;
}

std::vector<std::string> texts_at(const Tree& tree, std::string_view pointer) {
  std::vector<std::string> texts;
  const Tree::List* const items = tree.list_at(pointer);
  if (items == nullptr) return texts;
  for (const Tree& item : *items) {
    if (item.as_text() != nullptr) texts.push_back(*item.as_text());
  }
  return texts;
}

// What `provideClusterInfo` hands to a plugin (client.authentication.k8s.io, type Cluster).
Tree cluster_info(const Entry& cluster, const net::TlsOptions& tls) {
  Tree info;
  info.set("server", cluster.tree.text_or("/server", ""));
  if (!tls.server_name.empty()) info.set("tls-server-name", tls.server_name);
  if (tls.insecure_skip_verify) info.set("insecure-skip-tls-verify", true);
  if (!tls.authorities_pem.empty()) {
    info.set("certificate-authority-data", codec::base64_encode(tls.authorities_pem));
  }
  const Tree::List* const extensions = cluster.tree.list_at("/extensions");
  if (extensions == nullptr) return info;
  for (const Tree& each : *extensions) {
    const bool is_for_plugins = each.text_or("/name", "") == "client.authentication.k8s.io/exec";
    const Tree* const config = each.get("extension");
    if (is_for_plugins && config != nullptr) info.set("config", *config);
  }
  return info;
}

Result<ExecPlugin> exec_of(const Entry& user, const Tree& exec, const Entry& cluster,
                           const net::TlsOptions& tls) {
  const std::string whose = "kubeconfig: exec plugin of " + codec::quote(user.name);
  ExecPlugin plugin{.api_version = exec.text_or("/apiVersion", ""),
                    .argv = {exec.text_or("/command", "")},
                    .environment = {},
                    .install_hint = exec.text_or("/installHint", ""),
                    .cluster = {}};
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return fail(ErrorKind::rejected, whose + ": apiVersion " + codec::quote(plugin.api_version) +
                                         " is not client.authentication.k8s.io/v1 or v1beta1");
  }
  if (plugin.argv.front().empty()) return fail(ErrorKind::rejected, whose + " names no command");
  if (exec.text_or("/interactiveMode", "") == "Always") {
    return fail(ErrorKind::rejected,
                whose + " wants a terminal (interactiveMode: Always), which it does not get here");
  }
  if (plugin.argv.front().find('/') != std::string::npos) {
    plugin.argv.front() = absolute(user.folder, plugin.argv.front());
  }
  std::ranges::copy(texts_at(exec, "/args"), std::back_inserter(plugin.argv));
  if (const Tree::List* const variables = exec.list_at("/env")) {
    for (const Tree& each : *variables) {
      plugin.environment[each.text_or("/name", "")] = each.text_or("/value", "");
    }
  }
  if (exec.bool_at("/provideClusterInfo").value_or(false)) {
    plugin.cluster = cluster_info(cluster, tls);
  }
  return plugin;
}

Result<Unit> read_impersonation(const Entry& entry, UserAccess& user) {
  user.impersonate_user = entry.tree.text_or("/as", "");
  user.impersonate_uid = entry.tree.text_or("/as-uid", "");
  user.impersonate_groups = texts_at(entry.tree, "/as-groups");
  if (const Tree::Map* const extra = entry.tree.map_at("/as-user-extra")) {
    for (const auto& [key, value] : *extra) user.impersonate_extra[key] = texts_at(value, "");
  }
  const bool any = !user.impersonate_uid.empty() || !user.impersonate_groups.empty() ||
                   !user.impersonate_extra.empty();
  if (any && user.impersonate_user.empty()) {
    return fail(ErrorKind::rejected, "kubeconfig: user " + codec::quote(entry.name) +
                                         " has as-uid, as-groups or as-user-extra without as");
  }
  return Unit{};
}

Result<UserAccess> user_of(const Entry& entry, const Entry& cluster, const net::TlsOptions& tls) {
  if (entry.tree.get("auth-provider") != nullptr) {
    return fail(ErrorKind::rejected,
                "kubeconfig: user " + codec::quote(entry.name) +
                    " has an auth-provider, which Kubernetes removed; use its exec plugin");
  }
  UserAccess user{.token = Secret(entry.tree.text_or("/token", "")),
                  .token_file = entry.tree.text_or("/tokenFile", ""),
                  .exec = {},
                  .basic_user = entry.tree.text_or("/username", ""),
                  .basic_password = Secret(entry.tree.text_or("/password", "")),
                  .impersonate_user = {},
                  .impersonate_uid = {},
                  .impersonate_groups = {},
                  .impersonate_extra = {}};
  if (!user.token_file.empty()) user.token_file = absolute(entry.folder, user.token_file);
  const auto read = read_impersonation(entry, user);
  if (!read) return std::unexpected(read.error());
  const Tree* const exec = entry.tree.get("exec");
  if (exec == nullptr || exec->is_null()) return user;
  auto plugin = exec_of(entry, *exec, cluster, tls);
  if (!plugin) return std::unexpected(plugin.error());
  user.exec = std::move(*plugin);
  return user;
}

Result<std::shared_ptr<const net::TlsOptions>> tls_of(os::Disk& disk, const Entry& cluster,
                                                      const Entry& user) {
  auto tls = std::make_shared<net::TlsOptions>();
  const auto authorities = data_or_file(disk, cluster, "certificate-authority");
  if (!authorities) return std::unexpected(authorities.error());
  const auto certificate = data_or_file(disk, user, "client-certificate");
  if (!certificate) return std::unexpected(certificate.error());
  const auto key = data_or_file(disk, user, "client-key");
  if (!key) return std::unexpected(key.error());
  tls->authorities_pem = *authorities;
  tls->certificate_pem = *certificate;
  tls->key_pem = Secret(*key);
  if (certificate->empty() != key->empty()) {
    return fail(ErrorKind::rejected, "kubeconfig: user " + codec::quote(user.name) +
                                         " has a client certificate or its key alone");
  }
  tls->server_name = cluster.tree.text_or("/tls-server-name", "");
  tls->insecure_skip_verify = cluster.tree.bool_at("/insecure-skip-tls-verify").value_or(false);
  return std::shared_ptr<const net::TlsOptions>(std::move(tls));
}

bool is_loopback(const std::string& host) {
  // A dotted quad only: "127.0.0.1.example.org" begins like one.
  const bool is_quad = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (is_quad && host.starts_with("127."));
}

Result<std::string> server_of(const Entry& cluster) {
  const std::string whose = "kubeconfig: cluster " + codec::quote(cluster.name);
  std::string server = cluster.tree.text_or("/server", "");
  const auto url = codec::parse_url(server);
  if (!url) {
    return fail(ErrorKind::rejected,
                whose + ": server " + codec::quote(server) + ": " + url.error().message);
  }
  if (url->scheme != "https" && !is_loopback(url->host)) {
    return fail(ErrorKind::rejected,
                whose + ": server " + codec::quote(server) + " is no https URL");
  }
  if (url->target.find('?') != std::string::npos) {
    return fail(ErrorKind::rejected, whose + ": server " + codec::quote(server) + " has a query");
  }
  if (!cluster.tree.text_or("/proxy-url", "").empty()) {
    return fail(ErrorKind::rejected, whose + " has a proxy-url: not yet");
  }
  while (server.ends_with('/')) server.pop_back();
  return server;
}

Result<ClusterAccess> inside_a_pod(os::Disk& disk,
                                   const std::map<std::string, std::string>& environment) {
  const std::string host = variable(environment, "KUBERNETES_SERVICE_HOST");
  const auto authorities = disk.read(service_account_folder + "/ca.crt", kubeconfig_bytes_max);
  if (host.empty() || !authorities) {
    return fail(ErrorKind::rejected,
                "no kubeconfig: neither --kubeconfig, $KUBECONFIG nor ~/.kube/config names one");
  }
  const std::string bracketed = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const std::string port = variable(environment, "KUBERNETES_SERVICE_PORT");
  auto tls = std::make_shared<net::TlsOptions>();
  tls->authorities_pem = *authorities;
  std::string name_space =
      disk.read(service_account_folder + "/namespace", kubeconfig_bytes_max).value_or("default");
  name_space = name_space.substr(0, name_space.find_first_of(" \r\n"));
  ClusterAccess access{.context = "",
                       .server = "https://" + bracketed + ":" + (port.empty() ? "443" : port),
                       .name_space = name_space,
                       .tls = std::move(tls),
                       .user = {}};
  access.user.token_file = service_account_folder + "/token";
  return access;
}

std::string unknown_context(const std::string& name, const Merged& merged) {
  const std::string known = "; known are: " + names_of(merged.contexts);
  if (name.empty()) return "the kubeconfig has no current context; pass --context" + known;
  return "unknown context " + codec::quote(name) + known;
}

// The user of a context; a context may do without one.
Result<Entry> entry_of_user(const Merged& merged, const Entry& context) {
  const std::string name = context.tree.text_or("/user", "");
  if (name.empty()) return Entry{};
  const Entry* const user = find(merged.users, name);
  if (user != nullptr) return *user;
  return fail(ErrorKind::rejected, "context " + codec::quote(context.name) +
                                       " names an unknown user " + codec::quote(name));
}

Result<ClusterAccess> access_of(os::Disk& disk, const Merged& merged, const Entry& context) {
  const Entry* const cluster = find(merged.clusters, context.tree.text_or("/cluster", ""));
  if (cluster == nullptr) {
    return fail(ErrorKind::rejected,
                "context " + codec::quote(context.name) + " names an unknown cluster");
  }
  const auto user = entry_of_user(merged, context);
  if (!user) return std::unexpected(user.error());
  auto server = server_of(*cluster);
  if (!server) return std::unexpected(server.error());
  auto tls = tls_of(disk, *cluster, *user);
  if (!tls) return std::unexpected(tls.error());
  auto access = user_of(*user, *cluster, **tls);
  if (!access) return std::unexpected(access.error());
  const std::string name_space = context.tree.text_or("/namespace", "");
  return ClusterAccess{.context = context.name,
                       .server = std::move(*server),
                       .name_space = name_space.empty() ? "default" : name_space,
                       .tls = std::move(*tls),
                       .user = std::move(*access)};
}

}  // namespace

bool is_configured(os::Disk& disk, const std::map<std::string, std::string>& environment,
                   const std::string& path) {
  if (!path.empty() || !variable(environment, "KUBERNETES_SERVICE_HOST").empty()) return true;
  const auto merged = read_files(disk, paths_of(environment, path), false);
  return !merged || !merged->contexts.empty() || !merged->current_context.empty();
}

Result<ClusterAccess> load_access(os::Disk& disk,
                                  const std::map<std::string, std::string>& environment,
                                  const KubeconfigChoice& choice) {
  auto merged = read_files(disk, paths_of(environment, choice.path), !choice.path.empty());
  if (!merged) return std::unexpected(merged.error());
  const std::string name = choice.context.empty() ? merged->current_context : choice.context;
  const bool nothing = merged->contexts.empty() && name.empty();
  if (nothing) return inside_a_pod(disk, environment);
  const Entry* const context = find(merged->contexts, name);
  if (context == nullptr) {
    return fail(ErrorKind::rejected, unknown_context(name, *merged));
  }
  return access_of(disk, *merged, *context);
}

}  // namespace kai::kubeapi
