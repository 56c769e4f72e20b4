#include "kubeapi/kubeconfig.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/tree.h"
#include "codec/base64.h"
#include "codec/quote.h"
#include "codec/yaml.h"

namespace kai::kubeapi {
namespace {

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
  bool any_file = false;
};

// The first file that names an entry wins.
void merge(std::vector<Entry>& into, const Tree& file, const std::string& list,
           const std::string& field, const std::string& folder) {
  const Tree::List* const items = file.list_at("/" + list);
  if (items == nullptr) return;
  for (const Tree& item : *items) {
    const std::string name = item.text_or("/name", "");
    const bool known =
        std::ranges::any_of(into, [&](const Entry& entry) { return entry.name == name; });
    const Tree* const body = item.get(field);
    if (!known && body != nullptr) into.push_back({name, *body, folder});
  }
}

Result<Merged> read_files(os::Disk& disk, const std::vector<std::string>& paths, bool required) {
  Merged merged;
  for (const std::string& path : paths) {
    const auto bytes = disk.read(path, kubeconfig_bytes_max);
    if (!bytes && bytes.error().kind == ErrorKind::no_data && !required)
      continue;  // missing files are skipped
    if (!bytes)
      return fail(ErrorKind::rejected, "kubeconfig " + path + ": " + bytes.error().message);
    const auto tree = codec::parse_yaml(*bytes);
    if (!tree) return fail(ErrorKind::rejected, "kubeconfig " + path + ": " + tree.error().message);
    merged.any_file = true;
    if (merged.current_context.empty())
      merged.current_context = tree->text_or("/current-context", "");
    const std::string folder = folder_of(path);
    merge(merged.clusters, *tree, "clusters", "cluster", folder);
    merge(merged.users, *tree, "users", "user", folder);
    merge(merged.contexts, *tree, "contexts", "context", folder);
  }
  return merged;
}

const Entry* find(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<Entry>& entries) {
  std::string names;
  for (const Entry& entry : entries) names += (names.empty() ? "" : ", ") + entry.name;
  return names.empty() ? "none" : names;
}

std::string absolute(const std::string& folder, const std::string& path) {
  return path.starts_with('/') ? path : folder + "/" + path;
}

// "<field>-data" as base64 beats "<field>" as a path.
Result<std::string> data_or_file(os::Disk& disk, const Entry& entry, const std::string& field) {
  if (const std::string* const data = entry.tree.text_at("/" + field + "-data")) {
    auto bytes = codec::base64_decode(*data);
    if (!bytes)
      return fail(ErrorKind::rejected, "kubeconfig: " + field + "-data of " +
                                           codec::quote(entry.name) + " is no base64");
    return bytes;
  }
  const std::string* const path = entry.tree.text_at("/" + field);
  if (path == nullptr) return std::string();
  auto bytes = disk.read(absolute(entry.folder, *path), kubeconfig_bytes_max);
  if (!bytes)
    return fail(ErrorKind::rejected, "kubeconfig: " + field + " of " + codec::quote(entry.name) +
                                         ": " + bytes.error().message);
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

Result<std::optional<ExecPlugin>> exec_of(const Entry& user) {
  const Tree* const exec = user.tree.get("exec");
  if (exec == nullptr || exec->is_null()) return std::optional<ExecPlugin>();
  ExecPlugin plugin{.api_version = exec->text_or("/apiVersion", ""),
                    .argv = {exec->text_or("/command", "")},
                    .environment = {},
                    .install_hint = exec->text_or("/installHint", ""),
                    .provide_cluster_info = exec->bool_at("/provideClusterInfo").value_or(false)};
  const bool known = plugin.api_version == "client.authentication.k8s.io/v1" ||
                     plugin.api_version == "client.authentication.k8s.io/v1beta1";
  if (!known)
    return fail(ErrorKind::rejected, "kubeconfig: exec plugin of " + codec::quote(user.name) +
                                         ": apiVersion " + codec::quote(plugin.api_version) +
                                         " is not client.authentication.k8s.io/v1 or v1beta1");
  if (plugin.argv.front().empty())
    return fail(ErrorKind::rejected,
                "kubeconfig: exec plugin of " + codec::quote(user.name) + " names no command");
  if (plugin.argv.front().find('/') != std::string::npos)
    plugin.argv.front() = absolute(user.folder, plugin.argv.front());
  std::ranges::copy(texts_at(*exec, "/args"), std::back_inserter(plugin.argv));
  if (const Tree::List* const variables = exec->list_at("/env")) {
    for (const Tree& each : *variables)
      plugin.environment[each.text_or("/name", "")] = each.text_or("/value", "");
  }
  return std::optional(std::move(plugin));
}

Result<UserAccess> user_of(const Entry& entry) {
  if (entry.tree.get("auth-provider") != nullptr) {
    return fail(ErrorKind::rejected,
                "kubeconfig: user " + codec::quote(entry.name) +
                    " has an auth-provider, which Kubernetes removed; use its exec plugin");
  }
  auto exec = exec_of(entry);
  if (!exec) return std::unexpected(exec.error());
  UserAccess user{.token = Secret(entry.tree.text_or("/token", "")),
                  .token_file = entry.tree.text_or("/tokenFile", ""),
                  .exec = std::move(*exec),
                  .basic_user = entry.tree.text_or("/username", ""),
                  .basic_password = Secret(entry.tree.text_or("/password", "")),
                  .impersonate_user = entry.tree.text_or("/as", ""),
                  .impersonate_uid = entry.tree.text_or("/as-uid", ""),
                  .impersonate_groups = texts_at(entry.tree, "/as-groups")};
  if (!user.token_file.empty()) user.token_file = absolute(entry.folder, user.token_file);
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
  tls->server_name = cluster.tree.text_or("/tls-server-name", "");
  tls->insecure_skip_verify = cluster.tree.bool_at("/insecure-skip-tls-verify").value_or(false);
  return std::shared_ptr<const net::TlsOptions>(std::move(tls));
}

bool is_loopback(const std::string& server) {
  return server.starts_with("http://127.") || server.starts_with("http://localhost") ||
         server.starts_with("http://[::1]");
}

Result<std::string> server_of(const Entry& cluster) {
  std::string server = cluster.tree.text_or("/server", "");
  while (server.ends_with('/')) server.pop_back();
  if (!server.starts_with("https://") && !is_loopback(server)) {
    return fail(ErrorKind::rejected, "kubeconfig: cluster " + codec::quote(cluster.name) +
                                         ": server " + codec::quote(server) + " is no https URL");
  }
  if (cluster.tree.get("proxy-url") != nullptr) {
    return fail(ErrorKind::rejected,
                "kubeconfig: cluster " + codec::quote(cluster.name) + " has a proxy-url: not yet");
  }
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
  auto tls = std::make_shared<net::TlsOptions>();
  tls->authorities_pem = *authorities;
  ClusterAccess access{
      .context = "",
      .server = "https://" + bracketed + ":" + variable(environment, "KUBERNETES_SERVICE_PORT"),
      .name_space = disk.read(service_account_folder + "/namespace", kubeconfig_bytes_max)
                        .value_or("default"),
      .tls = std::move(tls),
      .user = {}};
  access.user.token_file = service_account_folder + "/token";
  return access;
}

}  // namespace

Result<ClusterAccess> load_access(os::Disk& disk,
                                  const std::map<std::string, std::string>& environment,
                                  const KubeconfigChoice& choice) {
  auto merged = read_files(disk, paths_of(environment, choice.path), !choice.path.empty());
  if (!merged) return std::unexpected(merged.error());
  const bool nothing =
      !merged->any_file || (merged->contexts.empty() && merged->current_context.empty());
  if (nothing && choice.context.empty()) return inside_a_pod(disk, environment);
  const std::string name = choice.context.empty() ? merged->current_context : choice.context;
  const Entry* const context = find(merged->contexts, name);
  if (context == nullptr) {
    return fail(ErrorKind::rejected, "unknown context " + codec::quote(name) +
                                         "; known are: " + names_of(merged->contexts));
  }
  const Entry* const cluster = find(merged->clusters, context->tree.text_or("/cluster", ""));
  if (cluster == nullptr)
    return fail(ErrorKind::rejected, "context " + codec::quote(name) + " names an unknown cluster");
  const Entry nobody;
  const Entry* const found_user = find(merged->users, context->tree.text_or("/user", ""));
  const Entry& user = found_user == nullptr ? nobody : *found_user;
  auto server = server_of(*cluster);
  if (!server) return std::unexpected(server.error());
  auto tls = tls_of(disk, *cluster, user);
  if (!tls) return std::unexpected(tls.error());
  auto access = user_of(user);
  if (!access) return std::unexpected(access.error());
  return ClusterAccess{.context = name,
                       .server = std::move(*server),
                       .name_space = context->tree.text_or("/namespace", "default"),
                       .tls = std::move(*tls),
                       .user = std::move(*access)};
}

}  // namespace kai::kubeapi
