// ClusterAccess: how to reach one cluster as one user. Read from a kubeconfig or from inside a pod;
// never written.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/tree.h"
#include "net/http_client.h"

namespace kai::kubeapi {

// A program that prints credentials (client.authentication.k8s.io).
struct ExecPlugin {
  std::string api_version;  // client.authentication.k8s.io/v1 or /v1beta1
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  // added to ours
  std::string install_hint;
  Tree cluster;  // what the plugin is told about the cluster; null: it did not ask
};

// At most one of token_file, token, exec and basic is used, in this order.
struct UserAccess {
  Secret token;
  std::string token_file;
  std::optional<ExecPlugin> exec;
  std::string basic_user;
  Secret basic_password;
  std::string impersonate_user;
  std::string impersonate_uid;
  std::vector<std::string> impersonate_groups;
  std::map<std::string, std::vector<std::string>> impersonate_extra;
};

struct ClusterAccess {
  std::string context;     // name, for people; empty inside a pod
  std::string server;      // https://host:port, without a trailing slash
  std::string name_space;  // the context's; "default" when it names none
  std::shared_ptr<const net::TlsOptions> tls;
  UserAccess user;
};

}  // namespace kai::kubeapi
